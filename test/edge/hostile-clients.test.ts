import { once } from "node:events";
import type { RequestListener } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { DEFAULT_EDGE_LIMITS } from "../../infra/edge/limits.ts";
import { localHttp } from "../../infra/local/http.ts";
import { Inbox } from "../../infra/local/sns/inbox.ts";
import { token } from "../support/token.ts";
import { limitedEdge } from "./a-limited-edge.ts";
import { startEdge } from "./an-edge.ts";
import { frame, rawClient, TEXT } from "./raw-client.ts";

// Clients that cost more than they should. What each may hold is bounded (limits.ts), it is found out, and others are served meanwhile.

const OCTETS = 60_000;

/** Ends with the test. */
function passing(socket: Socket): Socket {
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Writes each as a packet of its own, which the edge has time to read, until the other side has had enough. */
async function drip(socket: Socket, pieces: Iterable<string | Buffer>): Promise<void> {
  socket.setNoDelay(true);
  for (const piece of pieces) {
    if (!socket.writable) return;
    socket.write(piece, "latin1");
    await new Promise(setImmediate);
  }
}

function* oneByteFragments(): Iterable<Buffer> {
  yield frame(TEXT, "x", false);
  for (let n = 1; n < OCTETS; n++) yield frame(0, "x", n === OCTETS - 1);
}

/** A masked frame with 60,000 octets. */
function* oneByteWrites(): Iterable<Buffer> {
  yield Buffer.from([0x81, 0xfe, OCTETS >> 8, OCTETS & 0xff, 0, 0, 0, 0]);
  for (let n = 0; n < OCTETS; n++) yield Buffer.from("x");
}

/** An edge with a phone that is registered, and the means to see that it is served. */
async function withBystander() {
  const stack = await limitedEdge();
  const bob = await stack.registered("bob");
  const bobIsServed = async () => {
    await bob.caughtUp();
    expect(bob.unasked).toEqual([]);
  };
  return { ...stack, bob, bobIsServed };
}

describe("60,000 octets over a WebSocket", () => {
  test.each([
    ["in fragments of one", oneByteFragments],
    ["of one frame, in packets of one", oneByteWrites],
  ])("%s are cut off, and others are served", async (_, pieces) => {
    const { edge, port, bobIsServed } = await withBystander();
    const { socket } = await rawClient(port);
    const ended = once(passing(socket), "end");
    const dripping = drip(socket, pieces());
    await bobIsServed();
    await ended;
    socket.destroy();
    await dripping;
    await expect.poll(() => edge.connections, { interval: 5 }).toBe(1);
    await bobIsServed();
  });
});

test("handshakes that come to no end, or are not even begun, are given up, a hundred of them, while others come", async () => {
  const { edge, port, phone, bobIsServed } = await withBystander();
  const slow = Array.from({ length: 100 }, () => passing(connect({ port, host: "127.0.0.1" })));
  const ended = slow.map((socket) => once(socket, "close"));
  for (const [n, socket] of slow.entries()) {
    socket.resume();
    if (n % 2 === 0) socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
  }
  const alice = await phone("alice");
  expect((await alice.register()).status).toBe(200);
  await bobIsServed();
  await Promise.all(ended);
  expect(edge.connections).toBe(2);
});

test("a page that is asked for, and that nobody reads, is given up; who listens for events may wait for them", async () => {
  const inbox = new Inbox();
  // Of more octets than the system takes off our hands.
  const serve = localHttp(
    new Map([["/", { type: "text/plain", body: "x".repeat(20_000_000) }]]),
    inbox,
    () => false,
  );
  const ends: Promise<unknown>[] = [];
  const http: RequestListener = (request, response) => {
    if (request.url === "/") ends.push(once(request.socket, "close"));
    serve(request, response);
  };
  const { edge, port } = await startEdge({ limits: { headersTimeout: 250 }, http });
  onTestFinished(() => edge.stop());
  const ask = (path: string) => {
    const socket = passing(connect({ port, host: "127.0.0.1" }));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    return socket;
  };
  const events = ask("/push-inbox/events");
  await once(events, "data");
  const deaf = ask("/");
  await once(deaf, "readable");
  await ends[0];
  // It was silent for longer than that one.
  const app = { provider: "fcm", app: "a", token: "t", payload: {}, attributes: {} };
  inbox.deliver({ at: "now", ...app });
  expect(String((await once(events, "data"))[0])).toContain('"token":"t"');
});

describe("a client that has ended its side, and stays (half-open)", () => {
  test("on a WebSocket is gone, and what it had registered with it", async () => {
    const { edge, port, bobIsServed } = await withBystander();
    const { socket } = await rawClient(port);
    passing(socket).end();
    await expect.poll(() => edge.connections, { interval: 5 }).toBe(1);
    await bobIsServed();
  });

  test("on a stream is gone, and what it had registered with it", async () => {
    const { edge, nativePhone, bob, bobIsServed } = await withBystander();
    const alice = await nativePhone("alice");
    await alice.register();
    alice.socket.end();
    await expect.poll(() => edge.connections, { interval: 5 }).toBe(1);
    await bobIsServed();
    bob.invite("alice");
    expect((await bob.final("INVITE")).status).toBe(480);
  });
});

describe("a message that comes to no end", () => {
  const { messageTimeout } = DEFAULT_EDGE_LIMITS;

  test("over a stream is waited for, and not for ever, whatever octets of it come", async () => {
    const { edge, nativePhone, pass, bobIsServed } = await withBystander();
    const alice = await nativePhone("alice");
    await alice.register();
    const whole = `OPTIONS sip:localhost SIP/2.0\r\nVia: SIP/2.0/TCP x;branch=z9hG4bK${token()}\r\nMax-Forwards: 70\r\nFrom: <sip:alice@localhost>;tag=1\r\nTo: <sip:localhost>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`;
    // What is whole is answered behind: so all that came before has been read.
    alice.say(`${whole}INVITE sip:`);
    await alice.final("OPTIONS");
    pass(0);
    alice.say("b");
    pass(messageTimeout - 1);
    await bobIsServed();
    expect(edge.connections).toBe(2);
    pass(1);
    await alice.ended();
    await expect.poll(() => edge.connections, { interval: 5 }).toBe(1);
    await bobIsServed();
  });
});
