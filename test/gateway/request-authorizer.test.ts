import { expect, test } from "vitest";
import type { App } from "../../functions/app/app.ts";
import { rightsOf } from "../../functions/auth/rights.ts";
import { authorizedBy } from "../../functions/gateway/authorized.ts";
import { requestAuthorizer } from "../../functions/gateway/authorizer.ts";
import { gateway } from "../../functions/gateway/gateway.ts";
import { ABSENT } from "../../functions/ports.ts";
import { aor } from "../../functions/sip/aor.ts";
import { memoryStores } from "../../infra/local/records/memory-stores.ts";
import { DEFAULT_SETTINGS } from "../support/default-settings.ts";

const ALICE = aor("alice", "example.com");
const ARN = "arn:aws:execute-api:eu-central-1:123456789012:abcd123/prod/$connect";
const CONTEXT = { aor: "sip:alice@example.com", expiresAt: "1795424400000" };

/** Who takes the tokens "good" and "limited"; of the world only Alice's record is asked for at connect, where a token says no rights. */
const app = {
  settings: DEFAULT_SETTINGS,
  subscribers: memoryStores().subscribers,
  bearers: {
    authzServer: "https://login.example.com/",
    scope: undefined,
    verify: async (token: string) => {
      const verified = { aor: ALICE, expiresAt: 1_795_424_400_000 };
      if (token === "limited") return { ...verified, rights: rightsOf(["messages", "domain:example.com"]) };
      return token === "good" ? verified : "invalid";
    },
  },
} as unknown as App;

const authorize = requestAuthorizer(app, { cookie: "session" });

/** The event of a handshake, as API Gateway makes it. */
function asked(headers: Record<string, string>, query?: Record<string, string>) {
  return { type: "REQUEST", methodArn: ARN, headers, queryStringParameters: query ?? null } as const;
}

const GOOD: readonly [string, Record<string, string>, Record<string, string>?][] = [
  ["in Authorization (RFC 6750 §2.1)", { Authorization: "Bearer good" }],
  ["in Authorization, in other letters", { authorization: "bearer good" }],
  ["in the query (RFC 6750 §2.3)", {}, { access_token: "good" }],
  [
    "in a cookie, from a page of ours",
    { Cookie: "a=b; session=good; c", Origin: "https://sip.example.com", Host: "sip.example.com" },
  ],
  [
    "in a cookie in quotes",
    { cookie: 'session="good"', origin: "https://SIP.example.com", host: "sip.example.com" },
  ],
];

test.each(GOOD)("a good token %s lets in, and every event then says whom", async (_, headers, query) => {
  expect(await authorize(asked(headers, query))).toEqual({
    principalId: "sip:alice@example.com",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: ARN }],
    },
    context: CONTEXT,
  });
});

test("a token that says rights has them in every event, and so has one of a user whose record says some", async () => {
  const limited = await authorize(asked({ Authorization: "Bearer limited" }));
  expect(limited.context).toEqual({ ...CONTEXT, rights: "messages domain:example.com" });
  expect(authorizedBy(limited.context)?.rights).toEqual(rightsOf(["messages", "domain:example.com"]));
  const { subscribers } = memoryStores();
  const record = { ha1s: { MD5: "", "SHA-256": "" }, rights: rightsOf([]) };
  await subscribers.swap(ALICE, ABSENT, record, Number.POSITIVE_INFINITY);
  const recorded = await requestAuthorizer({ ...app, subscribers })(asked({ Authorization: "Bearer good" }));
  expect(recorded.context).toEqual({ ...CONTEXT, rights: "" });
  expect(authorizedBy(recorded.context)?.rights).toEqual(rightsOf([]));
  expect(authorizedBy(CONTEXT)?.rights).toBeUndefined();
});

const NONE: readonly [string, Record<string, string>, Record<string, string>?][] = [
  ["none at all", {}],
  ["another scheme", { Authorization: "Basic Z29vZDo=" }],
  ["an empty token", {}, { access_token: "" }],
  [
    "a cookie from a page of another site (RFC 6455 §10.2)",
    { Cookie: "session=good", Origin: "https://evil.example", Host: "sip.example.com" },
  ],
  ["a cookie from who says no origin", { Cookie: "session=good", Host: "sip.example.com" }],
  [
    "a cookie from a page without origin",
    { Cookie: "session=good", Origin: "null", Host: "sip.example.com" },
  ],
  ["another cookie", { Cookie: "xsession=good", Origin: "https://sip.example.com", Host: "sip.example.com" }],
];

test.each(NONE)("%s is no credential: its client proves itself in SIP", async (_, headers, query) => {
  expect(await authorize(asked(headers, query))).toMatchObject({ principalId: "anybody", context: {} });
});

const BAD: readonly [string, Record<string, string>, Record<string, string>?][] = [
  ["in Authorization", { Authorization: "Bearer bad" }],
  ["in the query", {}, { access_token: "bad" }],
  [
    "in Authorization, beside a good one in the query",
    { Authorization: "Bearer bad" },
    { access_token: "good" },
  ],
];

test.each(BAD)("a bad token %s is refused with what API Gateway answers 401", async (_, headers, query) => {
  await expect(authorize(asked(headers, query))).rejects.toThrow(/^Unauthorized$/);
});

test("who decides in cookies may say which origins may", async () => {
  const open = requestAuthorizer(app, {
    cookie: "session",
    isAllowedOrigin: (origin) => origin === "https://app.example",
  });
  const from = (Origin: string) => open(asked({ Cookie: "session=good", Origin, Host: "sip.example.com" }));
  expect((await from("https://app.example")).context).toEqual(CONTEXT);
  expect((await from("https://sip.example.com")).context).toEqual({});
});

test("where no tokens are taken, none is looked at", async () => {
  const deaf = requestAuthorizer({ ...app, bearers: undefined });
  expect(await deaf(asked({ Authorization: "Bearer bad" }))).toMatchObject({ principalId: "anybody" });
});

test("$connect does not verify again what the authorizer has", async () => {
  const event = {
    requestContext: { connectionId: "c", authorizer: CONTEXT },
    headers: { "Sec-WebSocket-Protocol": "sip", Authorization: "Bearer bad" },
    isBase64Encoded: false,
  };
  expect(await gateway(app).connect(event)).toEqual({
    statusCode: 200,
    headers: { "Sec-WebSocket-Protocol": "sip" },
  });
});

test("who does not speak SIP is told that before any token is looked at", async () => {
  const event = {
    requestContext: { connectionId: "c" },
    headers: { Authorization: "Bearer bad" },
    isBase64Encoded: false,
  };
  expect(await gateway(app).connect(event)).toMatchObject({ statusCode: 400 });
});
