import { expect, test } from "vitest";
import { type Asker, challenge, digestCredentials, judge } from "../../functions/auth/authenticate.ts";
import { type Algorithm, ha1s, responseOf } from "../../functions/auth/digest.ts";
import { issueNonce, NONCE_LIFETIME } from "../../functions/auth/nonce.ts";
import { keyring } from "../../functions/keyring/keyring.ts";
import { format } from "../../functions/sip/format.ts";
import type { SipRequest } from "../../functions/sip/message.ts";
import { parse } from "../../functions/sip/parse.ts";
import { reply } from "../../functions/sip/reply.ts";

const ring = keyring([{ id: "k", key: Buffer.alloc(32, 1) }]);
const NOW = 1_700_000_000_000;
const REALM = "example.com";
const SCOPE = { realm: REALM, connection: "ws-1" };
const ALICE = ha1s("alice", REALM, "wonderland");

function request(...headers: string[]): SipRequest {
  const text = ["REGISTER sip:example.com SIP/2.0", "Via: SIP/2.0/WSS x.invalid;branch=z9hG4bK1", ...headers];
  const message = parse(`${text.join("\r\n")}\r\n\r\n`);
  if (message.kind !== "request") throw new Error("not a request");
  return message;
}

/** What a client's Authorization says; any field can be other than it should. */
interface Said {
  readonly password?: string;
  readonly algorithm?: Algorithm;
  readonly issued?: number;
  readonly fields?: Readonly<Record<string, string | undefined>>;
}

/** The Authorization of a client that computes its response as RFC 7616 §3.4 says. */
function authorization({ password = "wonderland", algorithm = "MD5", issued = NOW, fields = {} }: Said = {}) {
  const nonce = issueNonce(ring, SCOPE, issued);
  const input = { method: "REGISTER", uri: "sip:example.com", nonce, nc: "00000001", cnonce: "xyz" };
  const given: Record<string, string | undefined> = {
    username: '"alice"',
    realm: `"${REALM}"`,
    nonce: `"${nonce}"`,
    uri: '"sip:example.com"',
    algorithm,
    qop: "auth",
    nc: "00000001",
    cnonce: '"xyz"',
    response: `"${responseOf(algorithm, ha1s("alice", REALM, password)[algorithm], input)}"`,
    ...fields,
  };
  const params = Object.entries(given).filter(([, value]) => value !== undefined);
  return `Authorization: Digest ${params.map(([name, value]) => `${name}=${value}`).join(", ")}`;
}

function verdict(said: Said, known = true): ReturnType<typeof judge> | undefined {
  const credentials = digestCredentials(request(authorization(said)), "registrar", REALM);
  return credentials && judge(credentials, known ? ALICE : undefined, ring, SCOPE, NOW);
}

test.each<[Asker, 401 | 407, string]>([
  ["registrar", 401, "WWW-Authenticate"],
  ["proxy", 407, "Proxy-Authenticate"],
])(
  "a %s asks with %i and %s, SHA-256 first and MD5 last (RFC 3261 §22, RFC 8760 §2.3)",
  (asker, status, name) => {
    const { status: given, headers } = challenge(asker, ring, SCOPE, NOW);
    const nonce = issueNonce(ring, SCOPE, NOW);
    expect(given).toBe(status);
    // One line each, MD5 in the last: SIP.js and JsSIP keep only that and give up unless it says MD5.
    expect(headers.map((line) => line.text)).toEqual([
      `${name}: Digest realm="example.com", nonce="${nonce}", algorithm=SHA-256, qop="auth"`,
      `${name}: Digest realm="example.com", nonce="${nonce}", algorithm=MD5, qop="auth"`,
    ]);
  },
);

test("a stale challenge says so, in every algorithm and unquoted (RFC 7616 §3.3)", () => {
  for (const line of challenge("registrar", ring, SCOPE, NOW, { stale: true }).headers) {
    expect(line.text).toMatch(/, stale=true$/);
  }
});

test.each<[string, Said]>([
  ["by MD5", {}],
  ["by SHA-256 (RFC 8760)", { algorithm: "SHA-256" }],
  ["without naming the algorithm, which means MD5 (RFC 7616 §3.4)", { fields: { algorithm: undefined } }],
  ["with the algorithm in quotes, or in small letters", { fields: { algorithm: '"md5"' } }],
  ["with qop in quotes", { fields: { qop: '"auth"' } }],
])("who knows the password is proved %s", (_, said) => {
  expect(verdict(said)).toBe("proved");
});

test.each<[string, Said]>([
  ["another password", { password: "looking-glass" }],
  ["no response", { fields: { response: '""' } }],
  ["a nonce count that is not the one it hashed", { fields: { nc: "00000002" } }],
  ["a client nonce that is not the one it hashed", { fields: { cnonce: '"abc"' } }],
  ["the MD5 response called SHA-256", { fields: { algorithm: "SHA-256" } }],
])("%s proves nothing", (_, said) => {
  expect(verdict(said)).toBe("wrong");
});

test("the right password with an old nonce is stale; the wrong one with it is just wrong (RFC 7616 §3.3)", () => {
  expect(verdict({ issued: NOW - NONCE_LIFETIME })).toBe("stale");
  expect(verdict({ issued: NOW - NONCE_LIFETIME, password: "looking-glass" })).toBe("wrong");
});

test("a nonce heard on another connection is stale here", () => {
  const credentials = digestCredentials(request(authorization()), "registrar", REALM);
  if (credentials === undefined) throw new Error("no credentials");
  expect(judge(credentials, ALICE, ring, { ...SCOPE, connection: "ws-2" }, NOW)).toBe("stale");
});

test("who guesses what stands in for an unknown user's password is still nobody", () => {
  for (const algorithm of ["MD5", "SHA-256"] as const) {
    const credentials = digestCredentials(request(authorization({ algorithm })), "registrar", REALM);
    if (credentials === undefined) throw new Error("no credentials");
    const zeros = "0".repeat(algorithm === "MD5" ? 32 : 64);
    const response = responseOf(algorithm, zeros, credentials);
    expect(judge({ ...credentials, response }, undefined, ring, SCOPE, NOW)).toBe("wrong");
  }
});

test.each([0, NONCE_LIFETIME])(
  "an unknown user is refused like a wrong password, to the byte (nonce %i ms old)",
  (age) => {
    const answerTo = (said: Said, known: boolean) => {
      const refusal = challenge("registrar", ring, SCOPE, NOW, { stale: verdict(said, known) === "stale" });
      return format(reply(request(), refusal.status, { reason: refusal.reason, headers: refusal.headers }));
    };
    const wrongPassword = answerTo({ issued: NOW - age, password: "looking-glass" }, true);
    expect(answerTo({ issued: NOW - age }, false)).toBe(wrongPassword);
    expect(wrongPassword).toMatch(/^SIP\/2\.0 401 Unauthorized\r\n/);
    expect(wrongPassword).not.toContain("stale");
  },
);

test.each<[string, string]>([
  ["another realm", authorization({ fields: { realm: '"example.org"' } })],
  ["an algorithm that we did not offer", authorization({ fields: { algorithm: "MD5-sess" } })],
  ["no qop, which RFC 2069 clients leave out", authorization({ fields: { qop: undefined } })],
  ["qop=auth-int, which we did not offer", authorization({ fields: { qop: "auth-int" } })],
  ["another Request-URI (RFC 7616 §3.4.6)", authorization({ fields: { uri: '"sip:example.org"' } })],
  ["no URI", authorization({ fields: { uri: undefined } })],
  ["another scheme (RFC 8760 §2.6: never Basic)", "Authorization: Basic realm=example.com"],
  ["a bearer token", "Authorization: Bearer abc.def"],
  ["a proxy's header, to a registrar", authorization().replace("Authorization", "Proxy-Authorization")],
  ["no credentials", "Subject: none"],
])("credentials with %s answer no challenge of ours", (_, header) => {
  expect(digestCredentials(request(header), "registrar", REALM)).toBeUndefined();
});

test("credentials for another realm beside ours do not hide ours (RFC 3261 §22.3)", () => {
  const foreign = authorization({ fields: { realm: '"example.org"', username: '"mallory"' } });
  const found = digestCredentials(request(foreign, authorization()), "registrar", REALM);
  expect(found?.username).toBe("alice");
});
