import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as passing } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { selfSigned } from "../support/certificate.ts";
import { TcpPhone } from "../support/tcp-phone.ts";
import { limitedEdge } from "./a-limited-edge.ts";

// Handshakes over TLS that somebody draws out: they are given up by the time that they take in all, however often something comes.

const certificate = selfSigned();
const HEADERS_TIMEOUT = 1_000;
/** How many of each kind there are at once. */
const CLIENTS = 20;
/** Between two octets, in ms: far more of them come than a time of silence would need. */
const PACE = 20;

/** A ClientHello (RFC 8446 §4.1.2) of 16,379 octets, as its head says. */
const HELLO = [0x16, 3, 1, 0x3f, 0xff, 1, 0, 0x3f, 0xfb, 3, 3];

const ofClientHello = async (port: number): Promise<Socket> => {
  const socket = connect({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  socket.setNoDelay(true);
  return socket;
};

const ofUpgrade = async (port: number): Promise<Socket> => {
  const socket = connectTls({ port, host: "127.0.0.1", servername: "localhost", ca: certificate.cert });
  await once(socket, "secureConnect");
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nX-Slow: ");
  return socket;
};

/** Octet by octet, and on and on, until the other side has had enough. */
async function drip(socket: Socket, first: readonly number[]): Promise<void> {
  for (let n = 0; !socket.closed; n++) {
    if (socket.writable) socket.write(Buffer.from([first[n] ?? 0x78]));
    await passing(PACE);
  }
}

/** Somebody comes who is as one should be, and is served. */
async function comes(transport: "WSS" | "TLS", port: number): Promise<void> {
  if (transport === "TLS")
    return void (await TcpPhone.registered(port, "alice", {}, { ca: certificate.cert }));
  const socket = new WebSocket(`wss://localhost:${port}/`, "sip", { ca: certificate.cert });
  onTestFinished(() => socket.terminate());
  await once(socket, "open");
}

test.each([
  ["a ClientHello", "TLS", ofClientHello, HELLO],
  ["a ClientHello", "WSS", ofClientHello, HELLO],
  ["the upgrade after it", "WSS", ofUpgrade, []],
] as const)(
  "%s over %s is given up that comes octet by octet, or not at all; others come and are served",
  async (_, transport, begin, first) => {
    const { edge, listenSecurely, registered } = await limitedEdge({ headersTimeout: HEADERS_TIMEOUT });
    const bob = await registered("bob");
    const port = await listenSecurely(transport, certificate);
    const slow = await Promise.all(Array.from({ length: 2 * CLIENTS }, () => begin(port)));
    const over = slow.map(async (socket, n) => {
      onTestFinished(() => void socket.destroy());
      socket.on("error", () => {});
      socket.resume();
      if (n < CLIENTS) await drip(socket, first);
      else if (!socket.closed) await once(socket, "close");
    });
    await comes(transport, port);
    await bob.caughtUp();
    await Promise.all(over);
    await bob.caughtUp();
    expect(edge.connections).toBe(2);
  },
);
