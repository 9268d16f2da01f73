import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import type { GatewayResult } from "../../functions/gateway/event.ts";
import { streamOf, transportOf } from "../../functions/location/transport.ts";
import type { EdgeHandlers } from "../../infra/edge/held-connection.ts";
import { DEFAULT_EDGE_LIMITS } from "../../infra/edge/limits.ts";
import type { EdgeOptions } from "../../infra/edge/own-edge.ts";
import type { TcpPhone } from "../support/tcp-phone.ts";
import { token } from "../support/token.ts";
import { limitedEdge } from "./a-limited-edge.ts";
import { idOf, startEdge } from "./an-edge.ts";

// SIP over TCP at our own edge (RFC 3261 §18.2, §18.3), as its clients and its handlers see it.

const PING = "\r\n\r\n";
const LAST = "Content-Length: 0\r\n\r\n";

/** A request that costs nobody anything. */
function options({ via = "192.168.1.7:5060", callId = token(), end = LAST } = {}): string {
  return `OPTIONS sip:localhost SIP/2.0\r\nVia: SIP/2.0/TCP ${via};branch=z9hG4bK${token()}\r\nMax-Forwards: 70\r\nFrom: <sip:alice@localhost>;tag=1\r\nTo: <sip:localhost>\r\nCall-ID: ${callId}\r\nCSeq: 1 OPTIONS\r\n${end}`;
}

/** An edge on TCP, and what it told its handlers. */
async function streamEdge(options: EdgeOptions = {}, handlers: Partial<EdgeHandlers> = {}) {
  const started = await startEdge(options, handlers, "TCP");
  onTestFinished(() => started.edge.stop());
  return {
    ...started,
    /** A connection that the edge has accepted. */
    client: async () => {
      const socket = connect({ port: started.port, host: "127.0.0.1" });
      socket.on("error", () => {});
      onTestFinished(() => void socket.destroy());
      return { socket, id: idOf(await started.connects.take()) };
    },
  };
}

/** Octets are written one by one, each as a packet of its own, as far as the system does that. */
async function drip({ socket }: TcpPhone, text: string): Promise<void> {
  socket.setNoDelay(true);
  for (const octet of text) await new Promise((resolve) => socket.write(octet, "latin1", resolve));
}

/** Whoever else is there is served as ever. */
async function isServed(phone: TcpPhone): Promise<void> {
  phone.say(options());
  expect((await phone.final("OPTIONS")).status).toBe(200);
}

describe("a connection", () => {
  test("tells the same events as a WebSocket: $connect, a $default for each message, $disconnect", async () => {
    const { client, connects, messages, disconnects } = await streamEdge();
    const { socket, id } = await client();
    const message = options();
    socket.end(message);
    expect(connects.all[0]).toMatchObject({
      headers: {},
      requestContext: {
        routeKey: "$connect",
        connectionId: id,
        identity: { sourceIp: "127.0.0.1", sourcePort: socket.localPort },
      },
    });
    expect(await messages.take()).toMatchObject({
      requestContext: { routeKey: "$default", connectionId: id },
      body: message,
      isBase64Encoded: false,
    });
    expect(await disconnects.take()).toMatchObject({
      requestContext: { routeKey: "$disconnect", connectionId: id, disconnectStatusCode: 1000 },
    });
  });

  test("has an id that says what carries it, to whoever has the id only", async () => {
    const { client } = await streamEdge();
    const { id } = await client();
    expect([transportOf(id), streamOf(id)]).toEqual(["TCP", "TCP"]);
  });

  test("that is not let in is cut off", async () => {
    const { port, edge } = await streamEdge({}, { connect: async () => ({ statusCode: 403 }) });
    const socket = connect({ port, host: "127.0.0.1" });
    await once(socket, "close");
    expect(edge.connections).toBe(0);
  });

  test("beyond what one address may have is cut off, and leaves nothing behind", async () => {
    const { edge, nativePhone, pass } = await limitedEdge({ maxPerAddress: 2 });
    const phones = [await nativePhone("alice"), await nativePhone("alice"), await nativePhone("alice")];
    await phones[2]?.ended();
    for (const phone of phones.slice(0, 2)) await isServed(phone);
    for (const { socket } of phones) socket.destroy();
    await expect.poll(() => edge.connections, { interval: 5 }).toBe(0);
    pass(600_000);
    await expect.poll(() => edge.remembered, { interval: 5 }).toBe(0);
  });

  test("ends when the edge does, and its end is handled before the edge has stopped", async () => {
    const { client, edge, disconnects } = await streamEdge();
    const { socket } = await client();
    await expect.poll(() => edge.connections, { interval: 5 }).toBe(1);
    const closed = once(socket, "close");
    await edge.stop();
    await closed;
    expect(disconnects.all).toHaveLength(1);
    expect(disconnects.all[0]?.requestContext.disconnectStatusCode).toBe(1012);
  });

  test("gets nothing that is no SIP when a handler fails: it would be part of the next message", async () => {
    let isFirst = true;
    const message = async (): Promise<GatewayResult> => {
      if (!isFirst) return { statusCode: 200, body: "SIP" };
      isFirst = false;
      throw new Error("a bug");
    };
    const { client } = await streamEdge({}, { message });
    const { socket } = await client();
    socket.write(options() + options());
    expect(String((await once(socket, "data"))[0])).toBe("SIP");
  });

  test("whose client does not read is cut off once it leaves too much unread; others go on", async () => {
    const { client, edge, disconnects } = await streamEdge();
    const [deaf, other] = [await client(), await client()];
    deaf.socket.pause();
    const message = "x".repeat(65_536);
    const outcomes: string[] = [];
    // The kernel takes some megabytes before anything stays with us.
    while (outcomes.at(-1) !== "gone" && outcomes.length < 2_000) {
      outcomes.push(await edge.send(deaf.id, message));
      await new Promise(setImmediate);
    }
    expect(outcomes.at(-1)).toBe("gone");
    expect(idOf(await disconnects.take())).toBe(deaf.id);
    expect(await edge.send(other.id, "still here")).toBe("sent");
    expect(String((await once(other.socket, "data"))[0])).toBe("still here");
  });
});

describe("keep-alive (RFC 5626 §3.5.1, §4.4.1)", () => {
  test("a double CRLF is answered by a single one, also before a message; a single one is not", async () => {
    const { nativePhone } = await limitedEdge();
    const alice = await nativePhone("alice");
    alice.say(`${PING}\r\n${options()}`);
    await alice.final("OPTIONS");
    expect(alice.pongs).toBe(1);
    alice.say(PING);
    await expect.poll(() => alice.pongs, { interval: 5 }).toBe(2);
  });

  test("a client that has pinged and falls silent is asleep, and is cut off; one that never has is not", async () => {
    const { nativePhone, pass, edge } = await limitedEdge();
    const { silenceTimeout, pingInterval } = DEFAULT_EDGE_LIMITS;
    const [alice, bob] = [await nativePhone("alice"), await nativePhone("bob")];
    await Promise.all([alice.register(), bob.register()]);
    alice.say(PING);
    await expect.poll(() => alice.pongs, { interval: 5 }).toBe(1);
    for (let passed = 0; passed < silenceTimeout; passed += pingInterval) pass(pingInterval);
    // Whatever it says is a sign of life.
    await isServed(alice);
    for (let passed = 0; passed < silenceTimeout; passed += pingInterval) pass(pingInterval);
    await isServed(alice);
    for (let passed = 0; passed <= silenceTimeout; passed += pingInterval) pass(pingInterval);
    await alice.ended();
    await isServed(bob);
    expect(edge.connections).toBe(1);
  });
});

describe("messages in a stream (RFC 3261 §18.3)", () => {
  test("may come several at once", async () => {
    const { nativePhone } = await limitedEdge();
    const alice = await nativePhone("alice");
    const callIds = ["1", "2", "3", "4", "5"];
    alice.say(callIds.map((callId) => options({ callId })).join(""));
    const answered = [];
    for (const _ of callIds) answered.push((await alice.final("OPTIONS")).one("Call-ID"));
    expect(answered.sort()).toEqual(callIds);
  });

  test("may come octet by octet: 60,000 of them, while others are served", async () => {
    const { nativePhone } = await limitedEdge();
    const [alice, bob] = [await nativePhone("alice"), await nativePhone("bob")];
    const text = options({ end: `Content-Length: 60000\r\n\r\n${"x".repeat(60_000)}` });
    const dripping = drip(alice, text);
    await isServed(bob);
    await dripping;
    expect((await alice.final("OPTIONS")).status).toBe(200);
  });

  test.each([
    ["no Content-Length", "\r\n", "400 Content-Length Missing"],
    ["two that differ", "Content-Length: 0\r\nl: 1\r\n\r\n", "400 Content-Length Unclear"],
    ["a negative one (RFC 4475 §3.1.2.3)", "Content-Length: -999\r\n\r\n", "400 Content-Length Unclear"],
    ["a huge one (RFC 4475 §3.1.2.2)", "Content-Length: 9999999\r\n\r\n", "513 Message Too Large"],
    ["headers without an end", "X: y\r\n".repeat(10_000), "513 Message Too Large"],
    ["a header line without an end", `X: ${"y".repeat(100_000)}`, "513 Message Too Large"],
  ])("with %s a request is refused, and the connection ends", async (_, end, refusal) => {
    const { nativePhone, edge } = await limitedEdge();
    const [alice, bob] = [await nativePhone("alice"), await nativePhone("bob")];
    alice.say(options({ callId: "good" }));
    await alice.final("OPTIONS");
    alice.say(`${options({ callId: "bad", end })}${options({ callId: "never read" })}`);
    const answer = await alice.final("OPTIONS");
    expect(answer.startLine).toBe(`SIP/2.0 ${refusal}`);
    expect(answer.one("Call-ID")).toBe("bad");
    await alice.ended();
    expect(alice.unasked).toEqual([]);
    await isServed(bob);
    expect(edge.connections).toBe(1);
  });

  test.each([
    ["a response", "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP localhost;branch=z9hG4bKx\r\n\r\n"],
    [
      "an ACK",
      options()
        .replace(/OPTIONS/g, "ACK")
        .replace(LAST, "\r\n"),
    ],
    ["no SIP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["no text", `\0\xff\x16\x03\x01${"\x80".repeat(50_000)}`],
  ])("%s without a length just ends its connection", async (_, octets) => {
    const { nativePhone } = await limitedEdge();
    const alice = await nativePhone("alice");
    alice.say(octets);
    await alice.ended();
    expect(alice.unasked).toEqual([]);
  });

  test.each([
    ["headers", "OPTIONS sip:localhost SIP/2.0\r\nVia: SIP/2.0/TCP h"],
    ["a body", options({ end: "Content-Length: 9\r\n\r\n12345678" })],
    ["the line end of a ping", "\r\n\r"],
  ])("whose %s do not go on are not waited for longer than others", async (_, beginning) => {
    const { nativePhone, pass, edge } = await limitedEdge();
    const { messageTimeout } = DEFAULT_EDGE_LIMITS;
    const [alice, bob] = [await nativePhone("alice"), await nativePhone("bob")];
    alice.say(options());
    await alice.final("OPTIONS");
    alice.say(beginning);
    // It has come when the next connection's message has.
    await isServed(bob);
    pass(1);
    pass(messageTimeout - 1);
    await isServed(bob);
    expect(alice.isEnded).toBe(false);
    pass(1);
    await alice.ended();
    await isServed(bob);
    expect(edge.connections).toBe(1);
  });
});

describe("limits", () => {
  test("of requests hold as on a WebSocket: 503, and then the end", async () => {
    const { nativePhone } = await limitedEdge({ requests: { burst: 4, perSecond: 1 } });
    const alice = await nativePhone("alice");
    alice.say(options().repeat(4));
    for (let i = 0; i < 4; i++) expect((await alice.final("OPTIONS")).status).toBe(200);
    alice.say(options());
    expect((await alice.final("OPTIONS")).startLine).toBe("SIP/2.0 503 Too Many Requests");
    alice.say(options().repeat(40));
    await alice.ended();
  });

  test("of time hold for who proves nothing", async () => {
    const { nativePhone, pass } = await limitedEdge();
    const [alice, bob] = [await nativePhone("alice"), await nativePhone("bob")];
    await bob.register();
    pass(DEFAULT_EDGE_LIMITS.proofTimeout);
    await alice.ended();
    await isServed(bob);
  });

  test("of wrong proofs hold: the fifth ends the connection", async () => {
    const { nativePhone } = await limitedEdge();
    const alice = await nativePhone("alice");
    for (let i = 0; i < DEFAULT_EDGE_LIMITS.maxWrongProofs; i++)
      await alice.register({}, { password: "wrong" });
    await alice.ended();
  });
});

describe("the topmost Via says where a request came from", () => {
  test.each([
    ["another host than it says (RFC 3261 §18.2.1)", "192.168.1.7:5060", ";received=127.0.0.1"],
    ["the host that it says", "127.0.0.1:5060", ""],
    [
      "and its port, if that is asked for (RFC 3581 §4)",
      "127.0.0.1:5060;rport",
      ";rport=PORT;received=127.0.0.1",
    ],
    [
      "whatever its client says of that",
      "192.168.1.7;received=192.0.2.9;rport=9",
      ";rport=PORT;received=127.0.0.1",
    ],
  ])("%s", async (_, via, expected) => {
    const { nativePhone } = await limitedEdge();
    const alice = await nativePhone("alice");
    const request = options({ via });
    alice.say(request);
    const { all } = await alice.final("OPTIONS");
    const [sentBy = ""] = via.split(";");
    const [, branch] = /branch=(\w+)/.exec(request) ?? [];
    const seen = expected.replace("PORT", `${alice.socket.localPort}`);
    const [hop = ""] = all("Via");
    expect(hop.startsWith(`SIP/2.0/TCP ${sentBy};`)).toBe(true);
    expect(hop.split(";").slice(1).sort()).toEqual([`branch=${branch}`, ...seen.split(";").slice(1)].sort());
  });

  test("on a WebSocket only if it asks: the host in its Via is none (RFC 7118 §5.1)", async () => {
    const { phone } = await limitedEdge();
    const alice = await phone("alice");
    for (const [via, says] of [
      ["t.invalid", false],
      ["t.invalid;rport", true],
    ] as const) {
      alice.say(options({ via }));
      const { one } = await alice.final("OPTIONS");
      expect(one("Via").includes(";received=127.0.0.1")).toBe(says);
    }
  });
});
