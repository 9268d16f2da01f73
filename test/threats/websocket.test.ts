import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { frame, rawClient, TEXT } from "../edge/raw-client.ts";
import type { WirePhone } from "../support/wire-phone.ts";
import { type Guarded, guarded, request, servesAsEver } from "./guarded.ts";

// What has gone wrong in the WebSocket layer elsewhere. Who violates that layer loses his connection; after each, a new one serves a good client, and
// one that was there all the time goes on.

/** An edge, and somebody who is there already. */
async function withBystander() {
  const stack = await guarded();
  return { stack, bob: await stack.registered("bob") };
}

async function unharmed(stack: Guarded, bob: WirePhone): Promise<void> {
  expect(stack.deeds()).toEqual([]);
  await servesAsEver(bob);
  await servesAsEver(await stack.connect("alice"));
  stack.unharmed();
}

/** The answer to a handshake with these lines beside the usual ones. */
async function handshake(port: number, lines: readonly string[], protocol = "sip"): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  const usual = ["Host: localhost", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  const all = ["GET / HTTP/1.1", ...usual, key, `Sec-WebSocket-Protocol: ${protocol}`, ...lines];
  socket.write(`${all.join("\r\n")}\r\n\r\n`);
  const [answer] = await once(socket, "data");
  return String(answer);
}

describe("a handshake", () => {
  test.each<[string, string, (at: string) => readonly string[], string, RegExp]>([
    [
      "ws 8.17.1: more headers than the server takes crashed it",
      "the handshake is answered",
      (at) => Array.from({ length: 2_100 }, (_, n) => `X${n}: ${at.slice(0, 1)}`),
      "sip",
      /^HTTP\/1\.1 (?:101|431) /,
    ],
    [
      "ws 7.4.6: a Sec-WebSocket-Protocol of many spaces took for ever",
      "it is answered 400, in a time that grows with its length (functions/gateway splits it once)",
      () => [],
      `x${" ".repeat(12_000)}y`,
      /^HTTP\/1\.1 400 /,
    ],
    [
      "ws 3.3.1: an extension named `constructor` crashed it",
      "no extension is ever agreed on",
      () => ["Sec-WebSocket-Extensions: constructor, __proto__; toString"],
      "sip",
      /^HTTP\/1\.1 101 (?![\s\S]*Sec-WebSocket-Extensions)/,
    ],
    [
      "undici CVE-2026-1526 and its like: deflate bombs, and window bits that are none",
      "nothing is ever compressed",
      () => [
        "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=999; client_max_window_bits",
      ],
      "sip",
      /^HTTP\/1\.1 (?:101|400) (?![\s\S]*permessage-deflate)/,
    ],
    [
      "cross-site WebSocket hijacking (RFC 6455 §10.2)",
      "a page of another origin is refused (403)",
      (at) => [`Origin: http://${at}`],
      "sip",
      /^HTTP\/1\.1 403 /,
    ],
  ])("%s; here: %s", async (_happened, _holds, lines, protocol, answer) => {
    const { stack, bob } = await withBystander();
    expect(await handshake(stack.port, lines(stack.at), protocol)).toMatch(answer);
    await unharmed(stack, bob);
  });
});

/** A frame of the client's with any first octet, and of any announced length. */
function odd(first: number, length: number, payload: Buffer, isMasked = true): Buffer {
  const mask = isMasked ? 0x80 : 0;
  const mid = length > 65_535 ? 127 : length > 125 ? 126 : length;
  const size = Buffer.alloc(mid === 127 ? 8 : mid === 126 ? 2 : 0);
  if (mid === 127) size.writeBigUInt64BE(BigInt(length));
  if (mid === 126) size.writeUInt16BE(length);
  return Buffer.concat([Buffer.from([first, mask | mid]), size, Buffer.alloc(isMasked ? 4 : 0), payload]);
}

describe("a client that minds no rules is cut off, and nobody else", () => {
  const NOTHING = Buffer.alloc(0);
  test.each<[string, () => readonly Buffer[]]>([
    ["Kamailio cd7589a49b: a ping of more than 125 octets", () => [odd(0x89, 126, Buffer.alloc(126))]],
    ["Kamailio 8625d6ab72: a close of more than 125 octets", () => [odd(0x88, 200, Buffer.alloc(200))]],
    ["Kamailio 4fabe253a1: a frame without a mask", () => [odd(0x81, 4, Buffer.from("\r\n\r\n"), false)]],
    ["a ping in fragments", () => [odd(0x09, 0, NOTHING)]],
    ["a continuation of nothing", () => [odd(0x80, 4, Buffer.from("\r\n\r\n"))]],
    [
      "a message begun within a message",
      () => [odd(0x01, 1, Buffer.from("a")), odd(0x81, 1, Buffer.from("b"))],
    ],
    ["an opcode that is none", () => [odd(0x83, 0, NOTHING)]],
    [
      "a compressed frame that was not agreed on",
      () => [odd(0xc1, 4, Buffer.from([0x2a, 0x49, 0x4d, 0x01]))],
    ],
    ["a length with its highest bit", () => [odd(0x81, 2 ** 62, NOTHING)]],
    ["ws: a message of 100 MB by default", () => [odd(0x82, 104_857_600, Buffer.alloc(1_000))]],
    [
      "CVE-2026-48779: 65 empty fragments",
      () => Array.from({ length: 66 }, (_, n) => odd(n === 0 ? 0x01 : 0x00, 0, NOTHING)),
    ],
    ["a close with half a code", () => [odd(0x88, 1, Buffer.from([3]))]],
    ["a close with a code that nobody may send", () => [odd(0x88, 2, Buffer.from([0x03, 0xed]))]],
    ["text that is no UTF-8", () => [odd(0x81, 2, Buffer.from([0xc3, 0x28]))]],
  ])("%s", async (_, frames) => {
    const { stack, bob } = await withBystander();
    const { socket } = await rawClient(stack.port);
    onTestFinished(() => void socket.destroy());
    const closed = once(socket, "end");
    socket.write(frame(TEXT, "\r\n\r\n"));
    for (const each of frames()) socket.write(each);
    await closed;
    socket.end();
    await expect.poll(() => stack.edge.connections, { interval: 5 }).toBe(1);
    await unharmed(stack, bob);
  });
});

test("ws 8.20.1, 8.21: what was not initialised went out in a close, and fragments piled up; here: ws is 8.23.0 or later", () => {
  const file = createRequire(import.meta.url).resolve("ws/package.json");
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  const [major = 0, minor = 0] = version.split(".").map(Number);
  expect(major * 1_000 + minor).toBeGreaterThanOrEqual(8_023);
});

test("OpenSIPS #1524: who sends and never reads; here: a stranger's requests are answered as long as he reads, and he alone is cut off", async () => {
  const stack = await guarded({ maxUnread: 10_000, requests: { burst: 100_000, perSecond: 100_000 } });
  const bob = await stack.registered("bob");
  const deaf = new WebSocket(`ws://127.0.0.1:${stack.port}/`, "sip");
  onTestFinished(() => deaf.terminate());
  await once(deaf, "open");
  deaf.pause();
  const writing = setInterval(() => {
    for (let n = 0; n < 200; n++)
      deaf.send(
        request("OPTIONS", {
          uri: "sip:localhost",
          lines: [`X: ${"x".repeat(2_000)}`, `Via: SIP/2.0/TCP ${"x".repeat(4_000)}`],
        }),
      );
  }, 5);
  onTestFinished(() => clearInterval(writing));
  await expect.poll(() => stack.edge.connections, { interval: 20, timeout: 20_000 }).toBe(1);
  clearInterval(writing);
  await unharmed(stack, bob);
});
