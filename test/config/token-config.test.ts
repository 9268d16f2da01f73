import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../functions/config/config-error.ts";
import { jsonLog } from "../../functions/log.ts";
import { tokenBearers } from "../../functions/tokens/token-bearers.ts";
import { loadConfig } from "../../infra/local/config.ts";
import { AUDIENCE, anIssuerKey, aToken, ISSUER, publicJwk } from "../support/an-issuer.ts";
import { ecKeys } from "../support/key-pair.ts";
import { passingFolder } from "../support/stack.ts";

const NOW = Date.UTC(2026, 10, 23, 9);
const TOKENS = { JWT_JWKS_URL: "https://login.example.com/keys", JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE };

function problemsOf(set: () => unknown): readonly string[] {
  try {
    set();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("tokens", () => {
  test("are taken from an issuer whose keys, name and audience are set; they are then offered first", () => {
    const { tokens, offers } = loadConfig({
      ...TOKENS,
      JWT_RIGHTS_CLAIM: "scope",
      JWT_COOKIE: "session",
      JWT_SCOPE: "sip calls",
    });
    expect(tokens).toEqual({
      keys: { url: new URL("https://login.example.com/keys") },
      issuer: ISSUER,
      audience: AUDIENCE,
      claim: "sub",
      rightsClaim: "scope",
      cookie: "session",
      authzServer: ISSUER,
      scope: "sip calls",
    });
    expect(offers).toEqual(["bearer", "sha-256", "md5"]);
  });

  test.each<[string, Record<string, string>]>([
    ["http://127.0.0.1:9000/keys", {}],
    ["http://localhost/keys", {}],
    ["http://[::1]:9000/keys", {}],
  ])("may have their keys at %s: it is this machine", (JWT_JWKS_URL) => {
    expect(problemsOf(() => loadConfig({ ...TOKENS, JWT_JWKS_URL }))).toEqual([]);
  });

  test.each<[string, Record<string, string>]>([
    ["JWT_JWKS_URL must be an https URL", { ...TOKENS, JWT_JWKS_URL: "http://login.example.com/keys" }],
    ["JWT_JWKS_URL must be an https URL", { ...TOKENS, JWT_JWKS_URL: "http://127.0.0.1.example.com/keys" }],
    ["JWT_JWKS_URL must be an https URL", { ...TOKENS, JWT_JWKS_URL: "file:///etc/keys" }],
    ["JWT_JWKS_URL must be an https URL", { ...TOKENS, JWT_JWKS_URL: "keys" }],
    ["JWT_JWKS_URL must hold no credentials", { ...TOKENS, JWT_JWKS_URL: "https://a:b@login.example.com/" }],
    ["JWT_JWKS_URL and JWT_KEY_FILE are both", { ...TOKENS, JWT_KEY_FILE: "key.pem" }],
    [
      "JWT_JWKS_URL also needs JWT_ISSUER and JWT_AUDIENCE",
      { JWT_JWKS_URL: TOKENS.JWT_JWKS_URL, CHALLENGES: "md5" },
    ],
    ["JWT_KEY_FILE also needs JWT_AUDIENCE", { JWT_KEY_FILE: "key.pem", JWT_ISSUER: ISSUER }],
    [
      "JWT_ISSUER and JWT_COOKIE also need JWT_JWKS_URL or JWT_KEY_FILE",
      { JWT_ISSUER: ISSUER, JWT_COOKIE: "c" },
    ],
    ["JWT_RIGHTS_CLAIM also need JWT_JWKS_URL or JWT_KEY_FILE", { JWT_RIGHTS_CLAIM: "scope" }],
    ["JWT_COOKIE must be the name of a cookie", { ...TOKENS, JWT_COOKIE: "a=b" }],
    ["JWT_SCOPE must be scopes", { ...TOKENS, JWT_SCOPE: 'a" ' }],
    ["JWT_AUTHZ_SERVER must be the https URL", { ...TOKENS, JWT_ISSUER: "login" }],
    ["JWT_AUTHZ_SERVER must be the https URL", { ...TOKENS, JWT_AUTHZ_SERVER: "http://login.example.com" }],
    ["CHALLENGES must be of bearer, sha-256, md5", { CHALLENGES: "sha-512" }],
    ["CHALLENGES names one twice", { CHALLENGES: "md5, MD5" }],
    ["CHALLENGES=bearer needs JWT_JWKS_URL", { CHALLENGES: "bearer,md5" }],
  ])("that are half configured, or wrongly, are not: %s", (problem, environment) => {
    expect(problemsOf(() => loadConfig(environment))).toEqual([expect.stringContaining(problem)]);
  });

  test("may be of an issuer without a URL where none are asked for: at connect", () => {
    const { offers } = loadConfig({ ...TOKENS, JWT_ISSUER: "login", CHALLENGES: "MD5" });
    expect(offers).toEqual(["md5"]);
  });
});

describe("a file of keys", () => {
  const KEY = anIssuerKey("main");
  const folder = () => join(passingFolder(), "key");

  /** Those who take tokens that are signed with the key in the file. */
  function taking(file: string) {
    const { tokens, domains } = loadConfig({
      JWT_KEY_FILE: file,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
    });
    if (tokens === undefined) throw new Error("no tokens are taken");
    return { tokens, domains };
  }

  /** Who verifies with what is in the file. */
  function bearersWith(content: string) {
    const file = folder();
    writeFileSync(file, content);
    const { tokens, domains } = taking(file);
    return tokenBearers(
      tokens,
      domains,
      () => NOW,
      jsonLog("silent", () => {}, Date.now),
    );
  }

  const pem = String(KEY.publicKey.export({ type: "spki", format: "pem" }));

  test.each<[string, string]>([
    ["a public key in PEM", pem],
    ["a JWK", JSON.stringify(publicJwk(KEY))],
    ["a JWK Set", JSON.stringify({ keys: [publicJwk(anIssuerKey("other")), publicJwk(KEY)] })],
  ])("may be %s", async (_, content) => {
    const bearers = bearersWith(content);
    expect(await bearers?.verify(await aToken(KEY, "alice", NOW))).toMatchObject({
      aor: "sip:alice@localhost",
    });
    expect(await bearers?.verify(await aToken(anIssuerKey("main"), "alice", NOW))).toBe("invalid");
  });

  test("may be a secret, by which alone tokens are then signed", async () => {
    const secret = Buffer.alloc(32, 7);
    const bearers = bearersWith(JSON.stringify({ kty: "oct", k: secret.toString("base64url") }));
    const { SignJWT } = await import("jose");
    const jwt = new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: "alice", exp: NOW / 1000 + 60 });
    const token = await jwt.setProtectedHeader({ alg: "HS256" }).sign(secret);
    expect(await bearers?.verify(token)).toMatchObject({ aor: "sip:alice@localhost" });
    expect(await bearers?.verify(await aToken(KEY, "alice", NOW))).toBe("invalid");
  });

  const privatePem = String(ecKeys().privateKey.export({ type: "pkcs8", format: "pem" }));

  test.each<[string, string]>([
    ["holds a private key", privatePem],
    ["holds a private key", JSON.stringify(KEY.privateKey.export({ format: "jwk" }))],
    ["is neither PEM nor JSON", "s3cret"],
    ["has no keys", JSON.stringify({ keys: [] })],
    ["one of its keys is no public key", JSON.stringify({ kty: "EC" })],
    ["one of its keys is no public key", JSON.stringify({ keys: [{ kty: "oct", k: "c2VjcmV0" }] })],
    ["one of its keys is no JWK", JSON.stringify({ keys: ["s3cret"] })],
    ["its secret is shorter than 32 octets", JSON.stringify({ kty: "oct", k: "c2VjcmV0" })],
  ])("that %s is refused, and not quoted", (problem, content) => {
    const [said = "", ...more] = problemsOf(() => bearersWith(content));
    expect(said).toContain(problem);
    expect(said).not.toMatch(/s3cret|c2VjcmV0|BEGIN/);
    expect(more).toEqual([]);
  });

  test("that is not there is said so", () => {
    const { tokens, domains } = taking(folder());
    const read = () =>
      tokenBearers(
        tokens,
        domains,
        Date.now,
        jsonLog("silent", () => {}, Date.now),
      );
    expect(problemsOf(read)).toEqual([expect.stringContaining("JWT_KEY_FILE cannot be read")]);
  });
});
