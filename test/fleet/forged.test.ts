import { once } from "node:events";
import { connect } from "node:net";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { keyring } from "../../functions/keyring/keyring.ts";
import { privateApi } from "../../infra/fleet/private-api.ts";
import { SIGNATURE, signature } from "../../infra/fleet/signature.ts";
import { type Client, connectClient, startEdge, type TestEdge } from "../edge/an-edge.ts";

// Whoever can post to an edge speaks to phones in our name.

const RING = keyring([{ id: "1", key: new Uint8Array(32) }]);
const STRANGER = keyring([{ id: "1", key: new Uint8Array(32).fill(1) }]);
const NOW = Date.UTC(2026, 10, 23, 9);

let started: TestEdge;
let client: Client;
let port: number;

beforeEach(async () => {
  started = await startEdge();
  client = await connectClient(started);
  const api = privateApi(started.edge, RING, () => NOW);
  port = await api.listen("127.0.0.1", 0);
  onTestFinished(async () => {
    await api.close();
    await started.edge.stop();
  });
});

function path(): string {
  return `/@connections/${client.id}`;
}

async function ask(method: string, token: string | undefined, body = ""): Promise<number> {
  const headers = token === undefined ? {} : { [SIGNATURE]: token };
  const url = `http://127.0.0.1:${port}${path()}`;
  const { status } = await fetch(url, { method, headers, ...(body === "" ? {} : { body }) });
  return status;
}

test("what our keys have signed is done", async () => {
  expect(await ask("POST", signature(RING, { method: "POST", path: path() }, "hello", NOW), "hello")).toBe(
    200,
  );
  expect(await client.received.take()).toBe("hello");
  expect(await ask("GET", signature(RING, { method: "GET", path: path() }, "", NOW))).toBe(200);
  expect(await ask("DELETE", signature(RING, { method: "DELETE", path: path() }, "", NOW))).toBe(204);
});

test.each([
  ["without a signature", () => undefined],
  ["with an empty one", () => ""],
  ["with one of nobody's", () => "1.AAAA"],
  ["signed by other keys", () => signature(STRANGER, { method: "POST", path: path() }, "hello", NOW)],
  ["signed for another method", () => signature(RING, { method: "DELETE", path: path() }, "hello", NOW)],
  [
    "signed for another connection",
    () => signature(RING, { method: "POST", path: "/@connections/other" }, "hello", NOW),
  ],
  ["signed for another message", () => signature(RING, { method: "POST", path: path() }, "hullo", NOW)],
  [
    "signed more than a minute ago",
    () => signature(RING, { method: "POST", path: path() }, "hello", NOW - 60_001),
  ],
  [
    "signed for more than a minute from now",
    () => signature(RING, { method: "POST", path: path() }, "hello", NOW + 60_001),
  ],
  ["with a token that our keyring sealed for something else", () => RING.seal("dialog", "hello", path())],
])("a message %s is refused (403), and its phone hears nothing", async (_what, token) => {
  expect(await ask("POST", token(), "hello")).toBe(403);
  expect(started.edge.connections).toBe(1);
  // Whatever was sent before this has been heard before it.
  expect(await started.edge.send(client.id, "the last")).toBe("sent");
  expect(await client.received.take()).toBe("the last");
});

test.each(["GET", "DELETE"])("%s without a signature, or with one of a POST, is refused", async (method) => {
  for (const token of [undefined, signature(RING, { method: "POST", path: path() }, "", NOW)])
    expect(await ask(method, token)).toBe(403);
  expect(started.edge.connections).toBe(1);
});

test.each([-60_000, 60_000])("clocks may differ by a minute: %i ms", async (skew) => {
  const token = signature(RING, { method: "POST", path: path() }, "hello", NOW + skew);
  expect(await ask("POST", token, "hello")).toBe(200);
});

test("a stranger is refused before his message has come, and his connection is closed", async () => {
  const socket = connect(port, "127.0.0.1");
  socket.write(`POST ${path()} HTTP/1.1\r\nHost: edge\r\nContent-Length: 100000\r\n\r\nthe beginning`);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  await once(socket, "close");
  expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 403 /);
});
