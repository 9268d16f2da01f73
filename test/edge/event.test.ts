import { expect, test } from "vitest";
import type { ConnectionId } from "../../functions/location/ids.ts";
import { type ConnectionFacts, connectEvent, disconnectEvent, messageEvent } from "../../infra/edge/event.ts";

const FACTS: ConnectionFacts = {
  connectionId: "L0SM9cOFvHcCIhw" as ConnectionId,
  connectedAt: Date.UTC(2025, 2, 16, 0, 46, 20, 5),
  transport: "WS",
  sourceIp: "192.0.2.1",
  sourcePort: 49_152,
  userAgent: "Linphone/6",
  domainName: "sip.example.com",
};
const NOW = Date.UTC(2025, 2, 16, 0, 46, 22, 773);

/** What every event of the connection has in its context. */
const COMMON = {
  messageDirection: "IN",
  requestTime: "16/Mar/2025:00:46:22 +0000",
  requestTimeEpoch: NOW,
  connectedAt: FACTS.connectedAt,
  connectionId: FACTS.connectionId,
  identity: { sourceIp: "192.0.2.1", sourcePort: 49_152, userAgent: "Linphone/6" },
  domainName: "sip.example.com",
  stage: expect.any(String),
  apiId: expect.any(String),
  requestId: expect.any(String),
  extendedRequestId: expect.any(String),
  messageId: expect.any(String),
};

test("$connect has the headers of the handshake, one value each", () => {
  const headers = { host: "sip.example.com", "set-cookie": ["a", "b"], origin: undefined };
  expect(connectEvent(FACTS, headers, NOW)).toEqual({
    headers: { host: "sip.example.com", "set-cookie": "a, b" },
    requestContext: { ...COMMON, routeKey: "$connect", eventType: "CONNECT" },
    isBase64Encoded: false,
  });
});

test.each<[string, Record<string, string> | undefined]>([
  ["/?access_token=a.b%2Bc&x=1+2", { access_token: "a.b+c", x: "1 2" }],
  ["/?a=1&a=2", { a: "2" }],
  ["/?__proto__=1&a", JSON.parse('{"__proto__":"1","a":""}')],
  ["/?%zz=%", { "%zz": "%" }],
  ["/?", undefined],
  ["/", undefined],
])("$connect has the query of %s, unescaped, of parameters that come twice the last", (url, query) => {
  const { queryStringParameters } = connectEvent(FACTS, {}, NOW, url);
  expect(JSON.stringify(queryStringParameters)).toBe(JSON.stringify(query));
});

test("what the authorizer said is in every event of the connection", () => {
  const facts = { ...FACTS, authorizer: { aor: "sip:alice@example.com", expiresAt: "1" } };
  const events = [messageEvent(facts, "", false, NOW), disconnectEvent(facts, 1000, "", NOW)];
  for (const { requestContext } of events) expect(requestContext.authorizer).toBe(facts.authorizer);
  expect(messageEvent(FACTS, "", false, NOW).requestContext.authorizer).toBeUndefined();
});

test("$default has the message and no headers", () => {
  expect(messageEvent(FACTS, "REGISTER sip:example.com SIP/2.0", false, NOW)).toEqual({
    requestContext: { ...COMMON, routeKey: "$default", eventType: "MESSAGE" },
    body: "REGISTER sip:example.com SIP/2.0",
    isBase64Encoded: false,
  });
  expect(messageEvent(FACTS, "/w==", true, NOW)).toMatchObject({ body: "/w==", isBase64Encoded: true });
});

test("$disconnect has the code and the reason of the end, and neither headers nor body", () => {
  expect(disconnectEvent(FACTS, 1005, "Client-side close frame status not set", NOW)).toEqual({
    requestContext: {
      ...COMMON,
      routeKey: "$disconnect",
      eventType: "DISCONNECT",
      disconnectStatusCode: 1005,
      disconnectReason: "Client-side close frame status not set",
    },
    isBase64Encoded: false,
  });
});

test("no two events have the same request id", () => {
  const ids = Array.from({ length: 100 }, () => messageEvent(FACTS, "", false, NOW).requestContext).map(
    (context) => (context as unknown as { requestId: string }).requestId,
  );
  expect(new Set(ids).size).toBe(100);
});

test("the time of a request is its own, whatever was asked for before", () => {
  const timeAt = (now: number) =>
    (messageEvent(FACTS, "", false, now).requestContext as unknown as { requestTime: string }).requestTime;
  expect(timeAt(NOW)).toBe("16/Mar/2025:00:46:22 +0000");
  expect(timeAt(NOW + 226)).toBe("16/Mar/2025:00:46:22 +0000");
  expect(timeAt(NOW + 227)).toBe("16/Mar/2025:00:46:23 +0000");
  expect(timeAt(Date.UTC(2027, 11, 1, 23, 59, 59))).toBe("01/Dec/2027:23:59:59 +0000");
  expect(timeAt(NOW)).toBe("16/Mar/2025:00:46:22 +0000");
});
