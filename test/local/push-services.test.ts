import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ConfigError } from "../../functions/config/config-error.ts";
import { jsonLog } from "../../functions/log.ts";
import { loadConfig } from "../../infra/local/config.ts";
import { openPushServices, type PushServices } from "../../infra/local/push-services.ts";
import { NOW, PUSHES } from "../push/a-push.ts";
import { startCannedSns } from "../push-services/canned-sns.ts";
import { ecKeys, rsaKeys } from "../support/key-pair.ts";
import { passingFolder } from "../support/stack.ts";

const SNS = "arn:aws:sns:eu-central-1:123456789012:app";

let lines: string[] = [];

async function opened(env: Record<string, string>): Promise<PushServices> {
  lines = [];
  const log = jsonLog(
    "debug",
    (line) => lines.push(line),
    () => NOW,
  );
  const services = await openPushServices(
    loadConfig({ RECORDS: "memory", ...env }),
    () => NOW,
    log,
    async () => {},
  );
  onTestFinished(services.close);
  return services;
}

function fileOf(name: string, text: string): string {
  const file = join(passingFolder(), name);
  writeFileSync(file, text);
  return file;
}

function apple(): Record<string, string> {
  const { privateKey } = ecKeys();
  return {
    APNS_KEY_FILE: fileOf("key.p8", privateKey.export({ type: "pkcs8", format: "pem" }).toString()),
    APNS_KEY_ID: "KEY4567890",
    APNS_TEAM_ID: "TEAM567890",
    APNS_BUNDLES: "com.example.app",
  };
}

function google(): Record<string, string> {
  const { privateKey } = rsaKeys();
  const account = {
    project_id: "my-project",
    private_key_id: "1",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    client_email: "push@example.com",
  };
  return { FCM_SERVICE_ACCOUNT: fileOf("fcm.json", JSON.stringify(account)) };
}

describe("where pushes go", () => {
  test("is the double for all of Apple's and Google's phones, while nothing is configured", async () => {
    const { push, providers, double } = await opened({});
    expect(providers).toEqual(["apns", "apns.dev", "fcm", "webpush"]);
    for (const provider of ["apns", "apns.dev", "fcm"]) {
      const target = { provider, param: "TEAM.any.app.voip", prid: "c0ffee" };
      expect(await push.send(target, PUSHES.call)).toMatchObject({ outcome: "accepted" });
    }
    expect(double?.inbox.entries.map(({ provider }) => provider)).toEqual(["apns", "apns.dev", "fcm"]);
  });

  test.each<[string, () => Record<string, string>, readonly string[]]>([
    ["Apple's servers", apple, ["apns", "apns.dev"]],
    ["Firebase", google, ["fcm"]],
    ["both", () => ({ ...apple(), ...google() }), ["apns", "apns.dev", "fcm"]],
    ["SNS", () => ({ SNS_APPLICATIONS: `my-project=${SNS}/GCM/x` }), ["fcm"]],
    ["SNS", () => ({ SNS_APPLICATIONS: `a=${SNS}/APNS_VOIP/x,a=${SNS}/APNS/x` }), ["apns"]],
    ["SNS", () => ({ SNS_APPLICATIONS: `a=${SNS}/APNS_VOIP_SANDBOX/x` }), ["apns.dev"]],
    [
      "SNS and Apple's servers",
      () => ({ ...apple(), SNS_APPLICATIONS: `p=${SNS}/GCM/x` }),
      ["fcm", "apns", "apns.dev"],
    ],
  ])(
    "is %s alone, once configured, and browsers: no other is offered, and there is no double",
    async (_, env, expected) => {
      const { push, providers, double } = await opened(env());
      expect(providers).toEqual([...expected, "webpush"]);
      expect(double).toBeUndefined();
      for (const provider of ["apns", "apns.dev", "fcm"].filter((name) => !expected.includes(name))) {
        const target = { provider, param: "TEAM567890.com.example.app.voip", prid: "c0ffee" };
        expect(await push.send(target, PUSHES.call)).toEqual({
          outcome: "failed",
          reason: "no such push service",
        });
      }
    },
  );

  test("is nowhere for an app that is not ours, and nobody is asked", async () => {
    const { push } = await opened({ ...apple(), ...google() });
    const iphone = { provider: "apns", param: "TEAM567890.com.other.voip", prid: "c0ffee" };
    const android = { provider: "fcm", param: "other-project", prid: "c0ffee" };
    for (const target of [iphone, android])
      expect(await push.send(target, PUSHES.call)).toEqual({ outcome: "failed", reason: "no such app" });
  });

  test("is, with SNS, the application that is for the phone's app and service", async () => {
    const sns = await startCannedSns(() => "<EndpointArn>e</EndpointArn><MessageId>1</MessageId>");
    onTestFinished(sns.close);
    vi.stubEnv("AWS_ENDPOINT_URL_SNS", sns.url);
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIA");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    onTestFinished(() => void vi.unstubAllEnvs());
    const { push } = await opened({
      SNS_APPLICATIONS: `com.example.app=${SNS}/APNS_VOIP/calls,com.example.app=${SNS}/APNS/rest,my-project=${SNS}/GCM/x`,
    });
    const iphone = {
      provider: "apns",
      param: "TEAM567890.com.example.app.voip&remote",
      prid: "a:voip&b:remote",
    };
    const android = { provider: "fcm", param: "my-project", prid: "c0ffee" };
    for (const [target, kind] of [
      [iphone, "call"],
      [iphone, "refresh"],
      [android, "call"],
    ] as const) {
      expect(await push.send(target, PUSHES[kind])).toMatchObject({ outcome: "accepted" });
    }
    const asked = sns.requests
      .map((form) => form.get("PlatformApplicationArn"))
      .filter((arn) => arn !== null);
    expect(asked).toEqual([`${SNS}/APNS_VOIP/calls`, `${SNS}/APNS/rest`, `${SNS}/GCM/x`]);
  });

  test("is, with SNS, nowhere for an app or a service without an application", async () => {
    const { push } = await opened({
      SNS_APPLICATIONS: `com.example.app=${SNS}/APNS_VOIP/x,my-project=${SNS}/GCM/x`,
    });
    const none = { outcome: "failed", reason: "no platform application" };
    const iphone = { provider: "apns", prid: "c0ffee" };
    // Alerts of the same app, calls of another one.
    const param = "TEAM567890.com.example.app";
    expect(await push.send({ ...iphone, param: `${param}.remote` }, PUSHES.call)).toEqual(none);
    expect(await push.send({ ...iphone, param: `${param}.other.voip` }, PUSHES.call)).toEqual(none);
    const android = { provider: "fcm", param: "other-project", prid: "c0ffee" };
    expect(await push.send(android, PUSHES.call)).toEqual(none);
  });
});

test("no key is logged, nor is anything, while services are opened", async () => {
  await opened({ ...apple(), ...google(), LOG_LEVEL: "debug" });
  expect(lines).toEqual([]);
});

test("a key that is none stops the start, before anything has been opened", async () => {
  const env = { ...apple(), FCM_SERVICE_ACCOUNT: fileOf("fcm.json", "{}") };
  await expect(opened(env)).rejects.toThrow(ConfigError);
});
