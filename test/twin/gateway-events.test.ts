import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { connect, NOW, refusal, startGateway } from "./a-gateway.ts";

// What was captured from API Gateway, field for field.

const ID = expect.stringMatching(/^[\w-]{15}=$/);

/** What every event's context has. */
const CONTEXT = {
  extendedRequestId: ID,
  requestTime: "23/Nov/2026:09:05:07 +0000",
  messageDirection: "IN",
  stage: "prod",
  connectedAt: NOW,
  requestTimeEpoch: NOW,
  identity: { userAgent: "phone", sourceIp: "127.0.0.1" },
  requestId: ID,
  domainName: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
  connectionId: ID,
  apiId: "abcd123",
};

describe("$connect", () => {
  test("has the handshake's headers, once and as lists, and no query if there was none", async () => {
    const gateway = await startGateway();
    await connect(gateway);
    const [event] = gateway.connects.all;
    const headers = {
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": expect.any(String),
      "User-Agent": "phone",
      "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
      "Sec-WebSocket-Protocol": "sip",
      Host: `127.0.0.1:${gateway.port}`,
      "X-Amzn-Trace-Id": expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
      "X-Forwarded-For": "127.0.0.1",
      "X-Forwarded-Port": "443",
      "X-Forwarded-Proto": "https",
    };
    expect(event).toStrictEqual({
      headers,
      multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
      requestContext: { routeKey: "$connect", eventType: "CONNECT", ...CONTEXT },
      isBase64Encoded: false,
    });
  });

  test("has the query unescaped, and of a parameter that comes twice the last, and both", async () => {
    const gateway = await startGateway();
    await connect(gateway, "/prod?k=a%20b&k=c");
    expect(gateway.connects.all[0]).toMatchObject({
      queryStringParameters: { k: "c" },
      multiValueQueryStringParameters: { k: ["a b", "c"] },
    });
  });

  test.each([301, 400, 401, 503])("that answers %i refuses the client with it", async (statusCode) => {
    const { port } = await startGateway({ connect: async () => ({ statusCode }) });
    expect(await refusal(port)).toBe(statusCode);
  });

  test("that throws, or takes longer than 29 s, is a 502", async () => {
    const thrown = await startGateway({ connect: () => Promise.reject(new Error("no")) });
    expect(await refusal(thrown.port)).toBe(502);
    const slow = await startGateway(
      { connect: () => new Promise(() => {}) },
      { limits: { integration: 20 } },
    );
    expect(await refusal(slow.port)).toBe(502);
  });

  test("that names no subprotocol lets the client in without one, which the client does not accept (RFC 6455 §4.1)", async () => {
    const { port } = await startGateway({ connect: async () => ({ statusCode: 200 }) });
    const socket = new WebSocket(`ws://127.0.0.1:${port}/prod`, "sip");
    const [error] = await once(socket, "error");
    expect(error.message).toBe("Server sent no subprotocol");
  });

  test("that names a subprotocol, in whatever spelling, has it said, and not the first that was offered", async () => {
    const { port } = await startGateway({
      connect: async () => ({ statusCode: 204, headers: { "SEC-WebSocket-protocol": "sip" } }),
    });
    const socket = new WebSocket(`ws://127.0.0.1:${port}/prod`, ["msrp", "sip"]);
    await once(socket, "open");
    expect(socket.protocol).toBe("sip");
    socket.terminate();
  });

  test("is only for the stage, or the root that a custom domain maps to it", async () => {
    const gateway = await startGateway();
    await connect(gateway, "/");
    expect(await refusal(gateway.port, "/dev")).toBe(403);
  });
});

describe("$default", () => {
  test("has no headers and no query, and the text as it was sent", async () => {
    const gateway = await startGateway();
    const { socket, id } = await connect(gateway, "/prod?k=v");
    socket.send('{"action":"é"}');
    const event = await gateway.messages.take();
    expect(event).toStrictEqual({
      requestContext: {
        routeKey: "$default",
        messageId: ID,
        eventType: "MESSAGE",
        ...CONTEXT,
        connectionId: id,
      },
      body: '{"action":"é"}',
      isBase64Encoded: false,
    });
  });

  test.each<[string, () => Promise<unknown>]>([
    ["throws", () => Promise.reject(new Error("no"))],
    ["takes longer than 29 s", () => new Promise(() => {})],
  ])("that %s: the client hears JSON, and stays connected", async (_, message) => {
    const gateway = await startGateway({ message }, { limits: { integration: 20 } });
    const { socket, id, received } = await connect(gateway);
    socket.send("REGISTER");
    const { requestContext } = await gateway.messages.take();
    expect(await received.take()).toBe(
      `{"message": "Internal server error", "connectionId":"${id}", "requestId":"${requestContext.requestId}"}`,
    );
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  test("whose route has no response: what the function answers goes nowhere; with one, to the client", async () => {
    const message = async () => ({ statusCode: 200, body: "pong" });
    const oneWay = await startGateway({ message });
    const quiet = await connect(oneWay);
    quiet.socket.send("ping");
    await oneWay.messages.take();
    const closed = quiet.closed;
    quiet.socket.close();
    await closed;
    expect(quiet.received.all).toEqual([]);
    const twoWay = await startGateway({ message }, { isTwoWay: true });
    const { socket, received } = await connect(twoWay);
    socket.send("ping");
    expect(await received.take()).toBe("pong");
  });

  test("that there is no route for: the client is told that it is forbidden", async () => {
    const { socket, received } = await connect(await startGateway({}, { routes: ["$connect"] }));
    socket.send("REGISTER");
    expect(await received.take()).toMatch(/^\{"message": "Forbidden", "connectionId":"/);
  });
});

describe("$disconnect", () => {
  test.each<[string, (socket: WebSocket) => void, number, string]>([
    ["without a status", (socket) => socket.close(), 1005, "Client-side close frame status not set"],
    ["as a page that navigates away", (socket) => socket.close(1001), 1001, ""],
    ["with a reason", (socket) => socket.close(1000, "bye"), 1000, "bye"],
    ["without a closing handshake", (socket) => socket.terminate(), 1006, ""],
  ])("of a client that closes %s", async (_, close, code, reason) => {
    const gateway = await startGateway();
    const { socket, id } = await connect(gateway);
    close(socket);
    const event = await gateway.disconnects.take();
    const host = `127.0.0.1:${gateway.port}`;
    expect(event).toStrictEqual({
      headers: { Host: host, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": "" },
      multiValueHeaders: { Host: [host], "x-api-key": [""], "X-Forwarded-For": [""], "x-restapi": [""] },
      requestContext: {
        routeKey: "$disconnect",
        disconnectStatusCode: code,
        eventType: "DISCONNECT",
        disconnectReason: reason,
        ...CONTEXT,
        connectionId: id,
      },
      isBase64Encoded: false,
    });
  });
});
