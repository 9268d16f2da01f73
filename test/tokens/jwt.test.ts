import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type Rights, rightsOf } from "../../functions/auth/rights.ts";
import { jsonLog } from "../../functions/log.ts";
import type { Bearers } from "../../functions/ports.ts";
import { fixedKeys } from "../../functions/tokens/fixed-keys.ts";
import { type JwtPolicy, jwtBearers, PUBLIC_KEY_ALGORITHMS } from "../../functions/tokens/jwt.ts";
import { remoteKeys } from "../../functions/tokens/remote-keys.ts";
import {
  AUDIENCE,
  aKeyServer,
  anIssuerKey,
  aToken,
  ISSUER,
  publicJwk,
  type TokenOptions,
} from "../support/an-issuer.ts";

const NOW = Date.UTC(2026, 10, 23, 9);
const KEY = anIssuerKey("main");
const POLICY = {
  issuer: ISSUER,
  audience: AUDIENCE,
  claim: "sub",
  rightsClaim: undefined,
  algorithms: PUBLIC_KEY_ALGORITHMS,
  domains: ["example.com", "example.org"],
  authzServer: ISSUER,
  scope: undefined,
} as const;

/** Who verifies, and what is logged of it. */
function verifier(policy: Partial<Pick<JwtPolicy, "claim" | "rightsClaim">> = {}): {
  bearers: Bearers;
  lines: string[];
} {
  const lines: string[] = [];
  const log = jsonLog("debug", (line) => lines.push(line), Date.now);
  const keys = fixedKeys({ keys: [publicJwk(KEY)] });
  return { bearers: jwtBearers(keys, { ...POLICY, ...policy }, () => NOW, log), lines };
}

const seconds = NOW / 1000;

test("a token says whose it is, and until when (RFC 7519 §4.1.4)", async () => {
  const { bearers } = verifier();
  expect(await bearers.verify(await aToken(KEY, "alice", NOW))).toEqual({
    aor: "sip:alice@example.com",
    expiresAt: NOW + 600_000,
  });
});

test.each<[string, unknown, Rights | undefined]>([
  [
    "as a scope (RFC 8693 §4.2)",
    "openid calls domain:example.org",
    rightsOf(["calls", "domain:example.org"]),
  ],
  ["as a list", ["messages", "calls"], rightsOf(["calls", "messages"])],
  ["as an empty one", [], rightsOf([])],
  ["not at all", undefined, undefined],
])("a token says what its user may begin, if a claim is named for that: %s", async (_, scope, rights) => {
  const token = await aToken(KEY, "alice", NOW, { claims: { scope } });
  const { bearers } = verifier({ rightsClaim: "scope" });
  expect(await bearers.verify(token)).toEqual({
    aor: "sip:alice@example.com",
    expiresAt: NOW + 600_000,
    rights,
  });
  const { bearers: deaf } = verifier();
  expect(await deaf.verify(token)).toMatchObject({ rights: undefined });
});

test.each<[unknown]>([[7], [null], [{ calls: true }], [["calls", 7]], [true]])(
  "a token whose rights cannot be read is not good, and the log says why: %j",
  async (scope) => {
    const { bearers, lines } = verifier({ rightsClaim: "scope" });
    expect(await bearers.verify(await aToken(KEY, "alice", NOW, { claims: { scope } }))).toBe("invalid");
    expect(lines).toEqual([expect.stringContaining("scope says no rights")]);
  },
);

test.each<[string, TokenOptions]>([
  ["for several audiences, of which we are one (RFC 7519 §4.1.3)", { claims: { aud: ["web", AUDIENCE] } }],
  ["of an issuer whose clock is a little ahead", { claims: { nbf: seconds + 5 } }],
  ["that ends in a second", { claims: { exp: seconds + 1 } }],
])("a token is good %s", async (_, options) => {
  const { bearers } = verifier();
  expect(await bearers.verify(await aToken(KEY, "alice", NOW, options))).toMatchObject({
    aor: "sip:alice@example.com",
  });
});

test.each<[string, number]>([
  ["now", 0],
  ["a second ago", -1],
  ["an hour ago", -3_600],
])("a token that ended %s has expired (RFC 8898 §2.2)", async (_, since) => {
  const { bearers } = verifier();
  const token = await aToken(KEY, "alice", NOW, { claims: { exp: seconds + since } });
  expect(await bearers.verify(token)).toBe("expired");
});

test.each<[string, TokenOptions]>([
  ["of another issuer", { claims: { iss: "https://login.example.org/" } }],
  ["of nobody", { without: ["iss"] }],
  ["for somebody else", { claims: { aud: "web" } }],
  ["for nobody", { without: ["aud"] }],
  ["that never ends", { without: ["exp"] }],
  ["that is not good before tomorrow", { claims: { nbf: seconds + 86_400 } }],
  ["that names nobody", { without: ["sub"] }],
  ["whose key is named by a path", { header: { kid: "../../../../dev/null" } }],
  ["whose key is named by a query", { header: { kid: "main' UNION SELECT 'x" } }],
  ["whose key is named by an object's member", { header: { kid: "__proto__" } }],
  [
    "that brings its own key along",
    { header: { kid: "other", jwk: JSON.stringify(publicJwk(anIssuerKey())) } },
  ],
  ["that says where its key is", { header: { kid: "other", jku: "http://127.0.0.1:1/keys" } }],
  ["with an extension that we do not know (RFC 7515 §4.1.11)", { header: { crit: "x" } as never }],
])("a token is invalid %s", async (_, options) => {
  const { bearers } = verifier();
  // What cannot be signed by the honest is put together by hand.
  const token = await aToken(KEY, "alice", NOW, options).catch(async () => {
    const [, payload, signature] = (await aToken(KEY, "alice", NOW)).split(".");
    return `${encoded({ alg: "ES256", ...options.header })}.${payload}.${signature}`;
  });
  expect(await bearers.verify(token)).toBe("invalid");
});

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

const CLAIMS = { iss: ISSUER, aud: AUDIENCE, sub: "alice", exp: seconds + 600 };

function signedWithPublicKey(): string {
  const text = `${encoded({ alg: "HS256", kid: "main" })}.${encoded(CLAIMS)}`;
  const secret = KEY.publicKey.export({ type: "spki", format: "pem" });
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

test.each<[string, string]>([
  ["unsigned (alg none, RFC 8725 §3.1)", `${encoded({ alg: "none" })}.${encoded(CLAIMS)}.`],
  ["unsigned, in other letters", `${encoded({ alg: "nOnE" })}.${encoded(CLAIMS)}.`],
  ["signed with the public key as a secret (RFC 8725 §2.1)", signedWithPublicKey()],
  ["nothing at all", ""],
  ["no JWT", "alice"],
  ["dots", "..."],
  ["no JSON", "e30.e30.e30"],
  ["a header that is a list", `${encoded([])}.${encoded(CLAIMS)}.AA`],
  ["longer than any token is", `${encoded({ alg: "ES256" })}.${"A".repeat(9_000)}.AA`],
  ["long, and full of dots", ".".repeat(8_000)],
])("what is %s is invalid", async (_, token) => {
  expect(await verifier().bearers.verify(token)).toBe("invalid");
});

test("a token that was changed is invalid", async () => {
  const [header, , signature] = (await aToken(KEY, "alice", NOW)).split(".");
  const { bearers } = verifier();
  const token = `${header}.${encoded({ ...CLAIMS, sub: "bob" })}.${signature}`;
  expect(await bearers.verify(token)).toBe("invalid");
});

test("a token of 8 KB is read, and a longer one is not", async () => {
  const padded = (length: number) => aToken(KEY, "alice", NOW, { claims: { x: "x".repeat(length) } });
  const { bearers } = verifier();
  expect(await bearers.verify(await padded(5_800))).toMatchObject({ aor: "sip:alice@example.com" });
  expect((await padded(6_000)).length).toBeGreaterThan(8_192);
  expect(await bearers.verify(await padded(6_000))).toBe("invalid");
});

describe("the claim", () => {
  test.each<[string, string]>([
    ["alice", "sip:alice@example.com"],
    ["sip:alice@example.org", "sip:alice@example.org"],
    ["SIPS:alice@Example.COM;transport=ws", "sip:alice@example.com"],
    ["alice@example.org", "sip:alice@example.org"],
    ["auth0|5f7c", "sip:auth0%7C5f7c@example.com"],
    ["al ice\r\nVia: x", "sip:al%20ice%0D%0AVia%3A%20x@example.com"],
    ["zoë", "sip:zo%C3%AB@example.com"],
  ])("%j is %s", async (sub, aor) => {
    const { bearers } = verifier();
    expect(await bearers.verify(await aToken(KEY, sub, NOW))).toMatchObject({ aor });
  });

  test.each<unknown>([
    "",
    "sip:alice@example.net",
    "alice@example.net",
    "sip:example.com",
    "sip:",
    "@example.com",
    "alice@",
    "alice@example.com@example.net",
    "alice@example.com\r\nVia: x",
    "x".repeat(600),
    42,
    null,
    ["alice"],
    { toString: "alice" },
  ])("%j names nobody of ours", async (name) => {
    const { bearers } = verifier({ claim: "user" });
    const token = await aToken(KEY, "alice", NOW, { claims: { user: name } });
    expect(await bearers.verify(token)).toBe("invalid");
  });

  test("may be another one than sub", async () => {
    const { bearers } = verifier({ claim: "preferred_username" });
    const token = await aToken(KEY, "1234", NOW, { claims: { preferred_username: "alice" } });
    expect(await bearers.verify(token)).toMatchObject({ aor: "sip:alice@example.com" });
    expect(await bearers.verify(await aToken(KEY, "alice", NOW))).toBe("invalid");
  });
});

test("the log says why, and holds neither the token nor what it says", async () => {
  const { bearers, lines } = verifier();
  const options = { claims: { iss: "https://evil.example/" } };
  const token = await aToken(KEY, "alice", NOW, options);
  await bearers.verify(token);
  await bearers.verify(await aToken(KEY, "sip:mallory@example.net", NOW));
  expect(lines.map((line) => JSON.parse(line).reason)).toEqual([
    "ERR_JWT_CLAIM_VALIDATION_FAILED iss",
    "sub names no user of ours",
  ]);
  expect(lines.join("")).not.toMatch(/evil|mallory|eyJ/);
});

describe("the keys that an issuer publishes", () => {
  const OLD = anIssuerKey("old");
  const NEW = anIssuerKey("new");

  async function remote() {
    const server = await aKeyServer(OLD);
    let now = NOW;
    const warnings: string[] = [];
    const log = jsonLog("warn", (line) => warnings.push(line), Date.now);
    const clock = () => now;
    const bearers = jwtBearers(remoteKeys(new URL(server.url), clock, log), POLICY, clock, log);
    const verify = async (key = OLD) => {
      const verified = await bearers.verify(await aToken(key, "alice", now));
      return typeof verified === "object" ? "good" : verified;
    };
    const pass = (ms: number) => {
      now += ms;
    };
    return { server, verify, pass, warnings };
  }

  test("are asked for once, also by many at a time", async () => {
    const { server, verify } = await remote();
    expect(await Promise.all([verify(), verify(), verify()])).toEqual(["good", "good", "good"]);
    expect(await verify()).toBe("good");
    expect(server.asked()).toBe(1);
  });

  test("are asked for again when a token names a new one, and not more often than every 30 s", async () => {
    const { server, verify, pass } = await remote();
    await verify();
    server.keys = [NEW];
    expect(await verify(NEW)).toBe("invalid");
    expect(server.asked()).toBe(1);
    pass(30_000);
    expect(await verify(NEW)).toBe("good");
    expect(await verify(OLD)).toBe("invalid");
    expect(server.asked()).toBe(2);
  });

  test("are asked for again when they are old: one that is revoked is known no longer", async () => {
    const { server, verify, pass } = await remote();
    await verify();
    server.keys = [NEW];
    pass(600_000);
    expect(await verify(OLD)).toBe("invalid");
  });

  test("go on as long as they cannot be asked for; what they did not sign is invalid", async () => {
    const { server, verify, pass, warnings } = await remote();
    await verify();
    server.keys = undefined;
    pass(3_600_000);
    expect(await verify(OLD)).toBe("good");
    expect(await verify(NEW)).toBe("invalid");
    expect(server.asked()).toBe(2);
    expect(warnings.filter((line) => line.includes("no keys"))).toHaveLength(1);
    server.keys = [OLD, NEW];
    pass(30_000);
    expect(await verify(NEW)).toBe("good");
  });

  test("that cannot be had leave every token invalid, without asking for each, until they can", async () => {
    const { server, verify, pass } = await remote();
    server.keys = undefined;
    expect(await verify()).toBe("invalid");
    expect(await verify()).toBe("invalid");
    expect(server.asked()).toBe(1);
    server.keys = [OLD];
    pass(30_000);
    expect(await verify()).toBe("good");
  });
});
