import type { KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../functions/config/config-error.ts";
import { appleKey, serviceAccount } from "../../infra/local/push-keys.ts";
import { ecKeys, rsaKeys } from "../support/key-pair.ts";
import { passingFolder } from "../support/stack.ts";

const P256 = ecKeys().privateKey;
const P384 = ecKeys("P-384").privateKey;
const RSA = rsaKeys().privateKey;

function pem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function fileOf(text: string): string {
  const file = join(passingFolder(), "secret");
  writeFileSync(file, text);
  return file;
}

/** What is wrong; a part of the key in it fails the test. */
function problemsOf(read: () => unknown, secret = ""): readonly string[] {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const line of secret.split(/\s|\\n/).filter((part) => part.length > 8))
      expect(error.message).not.toContain(line);
    return error.problems;
  }
  return [];
}

describe("the key for APNs", () => {
  test("is what is in Apple's .p8 file", () => {
    expect(appleKey(fileOf(pem(P256))).equals(P256)).toBe(true);
  });

  test("cannot be read from a file that is not there: that is said", () => {
    expect(problemsOf(() => appleKey("/nowhere/key.p8"))).toEqual([
      expect.stringMatching(/^APNS_KEY_FILE cannot be read: ENOENT.*\/nowhere\/key\.p8/),
    ]);
  });

  test.each([
    ["nothing", ""],
    ["no PEM", "hunter2-hunter2-hunter2"],
    ["a key of another curve", pem(P384)],
    ["an RSA key", pem(RSA)],
    ["half a key", pem(P256).slice(0, 90)],
    ["a public key", ecKeys().publicKey.export({ type: "spki", format: "pem" }).toString()],
  ])("is not %s: that is said, and nothing of it", (_, text) => {
    expect(problemsOf(() => appleKey(fileOf(text)), text)).toEqual([
      "APNS_KEY_FILE must hold a P-256 private key in PEM, as Apple's .p8 files do",
    ]);
  });
});

describe("the service account for FCM", () => {
  const GIVEN = {
    type: "service_account",
    project_id: "my-project",
    private_key_id: "0123abcd",
    private_key: pem(RSA),
    client_email: "push@my-project.iam.gserviceaccount.com",
    token_uri: "https://oauth2.googleapis.com/token",
  };
  const read = (given: object | string) =>
    serviceAccount(fileOf(typeof given === "string" ? given : JSON.stringify(given, undefined, 2)));

  test("is what is in Google's JSON file", () => {
    const { privateKey, ...account } = read(GIVEN);
    expect(privateKey.equals(RSA)).toBe(true);
    expect(account).toEqual({
      projectId: "my-project",
      clientEmail: "push@my-project.iam.gserviceaccount.com",
      privateKeyId: "0123abcd",
      tokenUri: "https://oauth2.googleapis.com/token",
    });
  });

  test("gets its access tokens from Google if it does not say where", () => {
    const { token_uri: _, ...given } = GIVEN;
    expect(read(given).tokenUri).toBe("https://oauth2.googleapis.com/token");
  });

  test("cannot be read from a file that is not there: that is said", () => {
    expect(problemsOf(() => serviceAccount("/nowhere/fcm.json"))).toEqual([
      expect.stringMatching(/^FCM_SERVICE_ACCOUNT cannot be read: ENOENT/),
    ]);
  });

  const WRONG = "FCM_SERVICE_ACCOUNT must be the JSON file of a Google service account:";

  test.each([
    ["it is no JSON object", pem(RSA)],
    ["it is no JSON object", `${JSON.stringify(GIVEN)}x`],
    ["it is no JSON object", JSON.stringify([GIVEN])],
    ["it is no JSON object", "null"],
    ["it has no project_id", { ...GIVEN, project_id: undefined }],
    ["it has no project_id", { ...GIVEN, project_id: "" }],
    ["it has no project_id", { ...GIVEN, project_id: 7 }],
    ["it has no client_email", { ...GIVEN, client_email: undefined }],
    ["it has no private_key_id", { ...GIVEN, private_key_id: undefined }],
    ["it has no private_key", { ...GIVEN, private_key: undefined }],
    ["its private_key is no RSA key in PEM", { ...GIVEN, private_key: "hunter2-hunter2-hunter2" }],
    ["its private_key is no RSA key in PEM", { ...GIVEN, private_key: pem(P256) }],
    ["its token_uri is not https", { ...GIVEN, token_uri: "http://oauth2.googleapis.com/token" }],
    ["its token_uri is not https", { ...GIVEN, token_uri: "https://" }],
  ])("is wrong: %s; that is said, and nothing of the key", (what, given) => {
    expect(problemsOf(() => read(given), pem(RSA))).toEqual([`${WRONG} ${what}`]);
  });
});
