import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DEFAULT_EDGE_LIMITS } from "../../infra/edge/limits.ts";
import { selfSigned } from "../support/certificate.ts";
import { TcpPhone } from "../support/tcp-phone.ts";
import { token } from "../support/token.ts";
import { limitedEdge } from "./a-limited-edge.ts";

// Native phones whose connection stays as it is, and who say nothing any more: nobody has ended it, and nobody reads.

const certificate = selfSigned();
const { pingInterval, silenceTimeout } = DEFAULT_EDGE_LIMITS;
const NO_LIMIT = { burst: 1, perSecond: Number.POSITIVE_INFINITY };

/** Alice, registered over a stream, and Bob, who is on a WebSocket. */
async function withBob(transport: "TCP" | "TLS", limits: Parameters<typeof limitedEdge>[0] = {}) {
  const stack = await limitedEdge(limits);
  const port = transport === "TCP" ? stack.tcpPort : await stack.listenSecurely("TLS", certificate);
  const options = transport === "TCP" ? {} : { ca: certificate.cert };
  const alice = await TcpPhone.registered(port, "alice", {}, options);
  return { ...stack, streamPort: port, alice, bob: await stack.registered("bob") };
}

/** A request with so long a Call-ID that its answer is of some weight. */
function heavyOptions(): string {
  return `OPTIONS sip:localhost SIP/2.0\r\nVia: SIP/2.0/TCP 192.168.1.7:5060;branch=z9hG4bK${token()}\r\nMax-Forwards: 70\r\nFrom: <sip:alice@localhost>;tag=1\r\nTo: <sip:localhost>\r\nCall-ID: ${"x".repeat(8_000)}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`;
}

describe.each(["TCP", "TLS"] as const)("a peer on %s", (transport) => {
  test("that has pinged, and whose app has stopped, is cut off in time, and called no more (480)", async () => {
    const { edge, alice, bob, pass } = await withBob(transport);
    alice.say("\r\n\r\n");
    await expect.poll(() => alice.pongs, { interval: 5 }).toBe(1);
    alice.socket.pause();
    for (let passed = 0; passed < silenceTimeout; passed += pingInterval) {
      pass(pingInterval);
      await bob.caughtUp();
    }
    expect(edge.connections).toBe(2);
    pass(pingInterval);
    await expect.poll(() => edge.connections, { interval: 5 }).toBe(1);
    bob.invite("alice");
    expect((await bob.final("INVITE")).status).toBe(480);
  });

  test("that asks, and reads no answers, is cut off once it leaves too much unread, and others are served", async () => {
    const { edge, alice, bob } = await withBob(transport, { requests: NO_LIMIT });
    alice.socket.pause();
    const closed = once(alice.socket, "close");
    while (edge.connections === 2) {
      if (alice.socket.writable) alice.say(heavyOptions());
      await bob.caughtUp();
    }
    alice.socket.resume();
    await closed;
    bob.invite("alice");
    expect((await bob.final("INVITE")).status).toBe(480);
  });

  test("that never pings is asked by the system whether it is there, as soon as it is quiet", async () => {
    const { alice, streamPort } = await withBob(transport);
    const ends = [streamPort, alice.socket.localPort ?? 0].map(inHex);
    // Until what was sent last is acknowledged, that is what it waits for.
    await expect.poll(() => timerOf(ends)[0], { interval: 5 }).toBe(KEEP_ALIVE);
    // In jiffies, of which there are a hundred in a second.
    expect(Number.parseInt(timerOf(ends)[1] ?? "", 16)).toBeLessThanOrEqual(pingInterval / 10);
  });
});

/** What the system calls it when a connection's next timer is TCP's keep-alive. */
const KEEP_ALIVE = "02";

/** Of a connection on loopback between these ports, which of its timers is next, and when. */
function timerOf(ports: readonly string[]): readonly string[] {
  const ends = ports.map((port) => `0100007F:${port}`).join(" ");
  const [, timer = ""] = readFileSync("/proc/net/tcp", "latin1").split(`${ends} 01 `);
  return timer.split(" ")[1]?.split(":") ?? [];
}

function inHex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}
