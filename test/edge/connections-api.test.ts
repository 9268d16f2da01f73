import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectionsApi } from "../../infra/edge/connections-api.ts";
import { type Client, closing, connectClient, startEdge, type TestEdge } from "./an-edge.ts";

const NOW = Date.UTC(2027, 0, 15, 12);

let now: number;
let started: TestEdge;
let client: Client;
let server: Server;
/** As a function would be configured: with a stage. */
let base: string;

beforeEach(async () => {
  now = NOW;
  started = await startEdge({ clock: () => now });
  client = await connectClient(started);
  server = createServer(connectionsApi(started.edge, () => () => true));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/prod/@connections/`;
});
afterEach(async () => {
  await started.edge.stop();
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
});

/** What the SDK sends: octets. */
function post(id: string, body: string | Uint8Array): Promise<Response> {
  return fetch(base + encodeURIComponent(id), { method: "POST", body });
}

async function refusalIn(response: Response): Promise<[status: number, type: string | null]> {
  expect(await response.text()).toBe("{}");
  return [response.status, response.headers.get("x-amzn-errortype")];
}

test("POST sends one message to the connection, and answers 200 with nothing", async () => {
  const response = await post(client.id, "SIP/2.0 180 Ringing\r\nSubject: é\r\n\r\n");
  expect([response.status, await response.text()]).toEqual([200, ""]);
  expect(await client.received.take()).toBe("SIP/2.0 180 Ringing\r\nSubject: é\r\n\r\n");
});

test("POST hands octets on as they are", async () => {
  const octets = Uint8Array.from({ length: 256 }, (_, code) => code);
  expect((await post(client.id, octets)).status).toBe(200);
  expect(await client.received.take()).toEqual(Buffer.from(octets));
});

test("POST takes a message as long as an edge's may be, and refuses a longer one with 413", async () => {
  expect((await post(client.id, "x".repeat(128 * 1024))).status).toBe(200);
  expect(await refusalIn(await post(client.id, "x".repeat(128 * 1024 + 1)))).toEqual([
    413,
    "PayloadTooLargeException",
  ]);
  expect(await refusalIn(await post(client.id, "x".repeat(4 * 1024 * 1024)))).toEqual([
    413,
    "PayloadTooLargeException",
  ]);
  await post(client.id, "next");
  expect(await client.received.take()).toHaveLength(128 * 1024);
  expect(await client.received.take()).toBe("next");
});

test("GET tells since when the connection is, who it is, and when it last spoke", async () => {
  now = NOW + 60_000;
  client.socket.send("OPTIONS");
  await started.messages.take();
  const response = await fetch(base + encodeURIComponent(client.id));
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(await response.json()).toEqual({
    connectedAt: "2027-01-15T12:00:00.000Z",
    identity: { sourceIp: "127.0.0.1", userAgent: "" },
    lastActiveAt: "2027-01-15T12:01:00.000Z",
  });
});

test("DELETE closes the connection, and answers 204 with nothing", async () => {
  const closed = closing(client);
  const response = await fetch(base + encodeURIComponent(client.id), { method: "DELETE" });
  expect([response.status, await response.text()]).toEqual([204, ""]);
  await closed;
  await started.disconnects.take();
  expect(started.edge.connections).toBe(0);
});

test.each(["POST", "GET", "DELETE"])(
  "%s answers 410 GoneException for a connection that never was",
  async (method) => {
    const response = await fetch(`${base}no-such%3D`, { method });
    expect(await refusalIn(response)).toEqual([410, "GoneException"]);
  },
);

test.each(["POST", "GET", "DELETE"])(
  "%s answers 410 GoneException for one that has ended",
  async (method) => {
    client.socket.close();
    await started.disconnects.take();
    expect(await refusalIn(await fetch(base + client.id, { method }))).toEqual([410, "GoneException"]);
  },
);

test("an id that is badly escaped is refused with 400", async () => {
  expect(await refusalIn(await fetch(`${base}%E0%A4%A`))).toEqual([400, "BadRequestException"]);
});

test("any other path is refused with 403, as is one without the collection", async () => {
  const { origin } = new URL(base);
  for (const path of ["/", "/prod", `/prod/${client.id}`, "/@connections"]) {
    expect(await refusalIn(await fetch(origin + path))).toEqual([403, "ForbiddenException"]);
  }
});

test("any other method is refused with 405 and does nothing", async () => {
  const response = await fetch(base + client.id, { method: "PUT", body: "INVITE" });
  expect((await refusalIn(response))[0]).toBe(405);
  expect(started.edge.connections).toBe(1);
  expect(client.received.all).toEqual([]);
});

test("an id with characters that URLs escape finds its connection all the same", async () => {
  const escaped = [...client.id].map((char) => `%${char.charCodeAt(0).toString(16)}`).join("");
  expect((await fetch(base + escaped)).status).toBe(200);
});
