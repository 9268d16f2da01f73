import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { App } from "../../functions/app/app.ts";
import type { GatewayResult } from "../../functions/gateway/event.ts";
import { gateway } from "../../functions/gateway/gateway.ts";
import type { ConnectionId } from "../../functions/location/ids.ts";
import type { EdgeHandlers } from "../../infra/edge/held-connection.ts";
import { DEFAULT_EDGE_LIMITS } from "../../infra/edge/limits.ts";
import { type EdgeOptions, OwnEdge } from "../../infra/edge/own-edge.ts";
import {
  type Client,
  closing,
  connectClient,
  idOf,
  Mailbox,
  roundTrip,
  startEdge,
  type TestEdge,
} from "./an-edge.ts";
import { frame, PING, PONG, rawClient, TEXT } from "./raw-client.ts";

const NOTHING: GatewayResult = { statusCode: 200 };

const opened: TestEdge[] = [];

async function edgeWith(options: EdgeOptions = {}, handlers: Partial<EdgeHandlers> = {}): Promise<TestEdge> {
  const started = await startEdge(options, handlers);
  opened.push(started);
  return started;
}

afterEach(async () => {
  for (const { edge } of opened.splice(0)) await edge.stop();
});

/** A promise and what fulfils it. */
function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

function frameOf(callId: string, body: string): string {
  return `MESSAGE sip:bob@example.com SIP/2.0\r\nCall-ID: ${callId}\r\n\r\n${body}`;
}

describe("the handshake", () => {
  // Neither a handshake nor a ping gets as far as the app.
  const { connect, message } = gateway({} as App);

  /** The status and the body of the refusal. */
  async function refusal(port: number, subprotocols: string[]): Promise<{ status: number; body: string }> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, subprotocols);
    socket.on("error", () => {});
    const [, response] = await once(socket, "unexpected-response");
    let body = "";
    for await (const chunk of response) body += chunk;
    return { status: response.statusCode, body };
  }

  test.each([[["sip"]], [["chat", "sip"]]])(
    "accepts a client that offers %j, and speaks sip",
    async (offer) => {
      const { port } = await edgeWith({}, { connect });
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`, offer);
      await once(socket, "open");
      expect(socket.protocol).toBe("sip");
      // RFC 7692 is what deflate bombs are made of.
      expect(socket.extensions).toBe("");
    },
  );

  test.each([[[]], [["chat"]], [["sips", "msrp"]]])(
    "refuses a client that offers %j with 400",
    async (offer) => {
      const { port, edge } = await edgeWith({}, { connect });
      const { status, body } = await refusal(port, offer);
      expect(status).toBe(400);
      expect(body).toContain("sip");
      expect(edge.connections).toBe(0);
    },
  );

  test("is refused with the status that the handler gives", async () => {
    const { port } = await edgeWith({}, { connect: async () => ({ statusCode: 403, body: "not you" }) });
    expect(await refusal(port, ["sip"])).toEqual({ status: 403, body: "not you" });
  });

  test("is refused with 502 when the handler fails, as on API Gateway", async () => {
    const { port } = await edgeWith({}, { connect: () => Promise.reject(new Error("down")) });
    expect(await refusal(port, ["sip"])).toMatchObject({ status: 502 });
  });

  test("tells the handler who comes: headers, address, and an id that stays until the end", async () => {
    const started = await edgeWith();
    const { socket, id } = await connectClient(started);
    socket.send("hello");
    socket.close();
    const ended = await started.disconnects.take();
    const [connected] = started.connects.all;
    expect(connected).toMatchObject({
      headers: { "sec-websocket-protocol": "sip", host: `127.0.0.1:${started.port}` },
      requestContext: { eventType: "CONNECT", identity: { sourceIp: "127.0.0.1" } },
    });
    expect([...started.messages.all, ended].map(idOf)).toEqual([id, id]);
  });

  test("gives every connection an id of its own, also after a restart on the same port", async () => {
    const ids = new Set<string>();
    for (let run = 0; run < 2; run++) {
      const started = await edgeWith();
      for (let i = 0; i < 10; i++) ids.add((await connectClient(started)).id);
      await started.edge.stop();
    }
    expect(ids.size).toBe(20);
    // 128 random bits and more: not to be guessed.
    for (const id of ids) expect(id).toMatch(/^[\w-]{12}\.[\w-]{22}$/);
  });

  test("is answered with 426 where a plain request comes, unless somebody serves those", async () => {
    const plain = await edgeWith();
    expect((await fetch(`http://127.0.0.1:${plain.port}/`)).status).toBe(426);
    const served = await edgeWith({ http: (_, response) => void response.end("a page") });
    expect(await (await fetch(`http://127.0.0.1:${served.port}/`)).text()).toBe("a page");
  });

  test("answers a SIP keep-alive ping with its pong, and a pong with nothing", async () => {
    const client = await connectClient(await edgeWith({}, { connect, message }));
    client.socket.send("\r\n");
    client.socket.send("\r\n\r\n");
    expect(await client.received.take()).toBe("\r\n");
    await roundTrip(client);
    expect(client.received.all).toHaveLength(1);
  });

  test("cannot be had on a port that is taken", async () => {
    const { port } = await edgeWith();
    const second = new OwnEdge();
    const { connect, message } = gateway({} as App);
    const listening = second.listen({ connect, message, disconnect: connect }, "127.0.0.1", port);
    await expect(listening).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});

describe("a message", () => {
  const LATIN = Buffer.from([0x49, 0xff, 0x00, 0xe9]);

  test.each([
    [
      "text",
      "REGISTER sip:é SIP/2.0\r\n\r\n",
      { body: "REGISTER sip:é SIP/2.0\r\n\r\n", isBase64Encoded: false },
    ],
    ["ASCII in binary", Buffer.from("OPTIONS"), { body: "OPTIONS", isBase64Encoded: false }],
    ["UTF-8 in binary", Buffer.from("名前"), { body: "名前", isBase64Encoded: false }],
    ["binary that is no text", LATIN, { body: LATIN.toString("base64"), isBase64Encoded: true }],
    ["empty text", "", { body: "", isBase64Encoded: false }],
  ])("of %s arrives as API Gateway would hand it on", async (_, sent, expected) => {
    const started = await edgeWith();
    const { socket, id } = await connectClient(started);
    socket.send(sent);
    const event = await started.messages.take();
    expect(event).toMatchObject(expected);
    expect(event.requestContext).toMatchObject({
      routeKey: "$default",
      eventType: "MESSAGE",
      connectionId: id,
      identity: { sourceIp: "127.0.0.1" },
    });
    expect(event.headers).toBeUndefined();
  });

  test.each([
    ["UTF-8", "caf\xc3\xa9", "café"],
    ["ASCII", "SIP/2.0 200 OK\r\n\r\n", "SIP/2.0 200 OK\r\n\r\n"],
  ])("of ours that is %s goes out as text", async (_, octets, read) => {
    const started = await edgeWith();
    const { id, received } = await connectClient(started);
    expect(await started.edge.send(id, octets)).toBe("sent");
    expect(await received.take()).toBe(read);
  });

  test("of ours that is no UTF-8 goes out in binary, octet by octet", async () => {
    const started = await edgeWith();
    const { id, received } = await connectClient(started);
    const octets = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("");
    await started.edge.send(id, octets);
    expect(await received.take()).toEqual(Buffer.from(octets, "latin1"));
  });

  test("comes in parts and is one", async () => {
    const started = await edgeWith();
    const { socket } = await connectClient(started);
    socket.send("INVITE ", { fin: false });
    socket.send("sip:bob", { fin: true });
    expect((await started.messages.take()).body).toBe("INVITE sip:bob");
  });

  test("that the handler answers is answered on the same connection", async () => {
    const started = await edgeWith(
      {},
      { message: async ({ body = "" }) => ({ ...NOTHING, body: `${body}!` }) },
    );
    const [alice, bob] = [await connectClient(started), await connectClient(started)];
    alice.socket.send("alice");
    bob.socket.send("bob");
    expect(await alice.received.take()).toBe("alice!");
    expect(await bob.received.take()).toBe("bob!");
  });

  test("that the handler fails on is answered as API Gateway does, and the next one is handled", async () => {
    const handlers: Partial<EdgeHandlers> = {
      message: async ({ body = "" }) => {
        if (body === "bad") throw new Error("secret detail");
        return { ...NOTHING, body: "fine" };
      },
    };
    const started = await edgeWith({}, handlers);
    const { socket, id, received } = await connectClient(started);
    socket.send("bad");
    const answer = JSON.parse(String(await received.take()));
    expect(answer).toMatchObject({ message: "Internal server error", connectionId: id });
    expect(JSON.stringify(answer)).not.toContain("secret detail");
    socket.send("good");
    expect(await received.take()).toBe("fine");
  });

  test("waits for the one before it of the same Call-ID, and for no other", async () => {
    const first = gate();
    const done = new Mailbox<string>();
    const started = await edgeWith(
      {},
      {
        message: async ({ body = "" }) => {
          if (body.endsWith("first")) await first.passed;
          done.put(body.slice(body.lastIndexOf("\n") + 1));
          return NOTHING;
        },
      },
    );
    const { socket } = await connectClient(started);
    for (const body of ["first", "second", "third"]) socket.send(frameOf("same", body));
    socket.send(frameOf("other", "other"));
    expect(await done.take()).toBe("other");
    expect(started.messages.all).toHaveLength(2);
    first.open();
    expect([await done.take(), await done.take(), await done.take()]).toEqual(["first", "second", "third"]);
  });

  test("of one connection does not wait for another's, even with the same Call-ID", async () => {
    const first = gate();
    const done = new Mailbox<string>();
    const started = await edgeWith(
      {},
      {
        message: async ({ body = "" }) => {
          if (body.endsWith("stuck")) await first.passed;
          done.put(body);
          return NOTHING;
        },
      },
    );
    (await connectClient(started)).socket.send(frameOf("same", "stuck"));
    await started.messages.take();
    (await connectClient(started)).socket.send(frameOf("same", "free"));
    expect(await done.take()).toContain("free");
    first.open();
  });
});

describe("a client that asks for too much", () => {
  test("is closed with 1009 for a message over the limit, which is never handled; at the limit it is", async () => {
    const started = await edgeWith({ limits: { maxMessage: 1_000 } });
    const client = await connectClient(started);
    client.socket.send("x".repeat(1_000));
    expect((await started.messages.take()).body).toHaveLength(1_000);
    client.socket.send("x".repeat(1_001));
    expect((await closing(client)).code).toBe(1009);
    expect(started.messages.all).toHaveLength(1);
  });

  test("is closed with 1009 for a message over the limit in parts that are not", async () => {
    const client = await connectClient(await edgeWith({ limits: { maxMessage: 1_000 } }));
    client.socket.send("x".repeat(600), { fin: false });
    client.socket.send("x".repeat(600), { fin: true });
    expect((await closing(client)).code).toBe(1009);
  });

  test("may send a message as long as on API Gateway, and no longer", async () => {
    const started = await edgeWith();
    const client = await connectClient(started);
    client.socket.send("x".repeat(128 * 1024));
    expect((await started.messages.take()).body).toHaveLength(128 * 1024);
    client.socket.send("x".repeat(128 * 1024 + 1));
    expect((await closing(client)).code).toBe(1009);
  });

  test("is cut off for a message in more parts than it may have", async () => {
    const started = await edgeWith();
    const client = await connectClient(started);
    const { maxFragments } = DEFAULT_EDGE_LIMITS;
    for (let i = 0; i < maxFragments; i++) client.socket.send("x", { fin: i === maxFragments - 1 });
    expect((await started.messages.take()).body).toHaveLength(maxFragments);
    for (let i = 0; i <= maxFragments; i++) client.socket.send("x", { fin: false });
    expect((await closing(client)).code).toBe(1008);
    expect(started.messages.all).toHaveLength(1);
  });

  test("is closed with 1007 for text that is no UTF-8", async () => {
    const started = await edgeWith();
    const { socket } = await rawClient(started.port);
    socket.write(frame(TEXT, "\xff\xfe"));
    const [closeFrame] = await once(socket, "data");
    expect(closeFrame.readUInt16BE(2)).toBe(1007);
    expect(started.messages.all).toEqual([]);
    socket.destroy();
  });

  test("and does not read is cut off once it leaves too much unread; others go on", async () => {
    const started = await edgeWith();
    const deaf = await rawClient(started.port);
    const deafId = idOf(await started.connects.take());
    const other = await connectClient(started);
    deaf.socket.pause();
    const message = "x".repeat(65_536);
    const outcomes: string[] = [];
    // The kernel takes some megabytes before anything stays with us.
    while (outcomes.at(-1) !== "gone" && outcomes.length < 2_000) {
      outcomes.push(await started.edge.send(deafId, message));
    }
    expect(outcomes.at(-1)).toBe("gone");
    expect(outcomes.length).toBeGreaterThan(DEFAULT_EDGE_LIMITS.maxUnread / message.length);
    expect(idOf(await started.disconnects.take())).toBe(deafId);
    expect(await started.edge.send(other.id, "still here")).toBe("sent");
    expect(await other.received.take()).toBe("still here");
    deaf.socket.destroy();
  });
});

describe("a client that keeps the edge waiting", () => {
  const { messageTimeout, closingTimeout, pingInterval } = DEFAULT_EDGE_LIMITS;

  /** An edge whose clock the test moves; `tend` is what its own timer calls now and then. */
  async function edgeOnClock() {
    let now = 1_800_000_000_000;
    const started = await edgeWith({ clock: () => now });
    const pass = (id: ConnectionId, ms: number) => {
      now += ms;
      started.edge.find(id)?.tend();
    };
    return { started, pass };
  }

  async function speak({ messages }: TestEdge, { socket }: Client): Promise<void> {
    socket.send("OPTIONS");
    await messages.take();
  }

  /** A client whose user is known: how long it may stay without is told elsewhere. */
  async function knownClient(started: TestEdge, autoPong = true): Promise<Client> {
    const client = await connectClient(started, autoPong);
    started.edge.proof(client.id, "sip:alice@localhost", "proved");
    return client;
  }

  test("may be silent, as long as it answers pings", async () => {
    const { started, pass } = await edgeOnClock();
    const client = await knownClient(started);
    await speak(started, client);
    for (let i = 0; i < 10; i++) {
      const pinged = once(client.socket, "ping");
      pass(client.id, pingInterval);
      await pinged;
      await roundTrip(client);
    }
    expect(started.edge.connections).toBe(1);
  });

  test("is cut off when a ping was not answered by the next", async () => {
    const { started, pass } = await edgeOnClock();
    const client = await knownClient(started, false);
    await speak(started, client);
    const pinged = once(client.socket, "ping");
    pass(client.id, pingInterval);
    await pinged;
    pass(client.id, pingInterval - 1);
    await roundTrip(client);
    pass(client.id, 1);
    expect((await closing(client)).code).toBe(1006);
  });

  test("is as alive as by a pong when it speaks after a ping", async () => {
    const { started, pass } = await edgeOnClock();
    const client = await knownClient(started, false);
    await speak(started, client);
    for (let i = 0; i < 3; i++) {
      const pinged = once(client.socket, "ping");
      pass(client.id, pingInterval);
      await pinged;
      await speak(started, client);
    }
    expect(started.edge.connections).toBe(1);
  });

  test("may send WebSocket pings of its own, and nothing else, for as long as it likes", async () => {
    const { started, pass } = await edgeOnClock();
    const client = await knownClient(started);
    await speak(started, client);
    for (let i = 0; i < 5; i++) {
      await roundTrip(client);
      pass(client.id, messageTimeout);
    }
    await roundTrip(client);
    expect(started.edge.connections).toBe(1);
  });

  test("is cut off when it has not answered our goodbye in time, and not before", async () => {
    const { started, pass } = await edgeOnClock();
    const { socket } = await rawClient(started.port);
    const id = idOf(await started.connects.take());
    expect(await started.edge.close(id)).toBe("closed");
    pass(id, closingTimeout - 1);
    socket.write(frame(PING, "still here"));
    await once(socket, "data");
    expect(started.edge.connections).toBe(1);
    pass(id, 1);
    expect(idOf(await started.disconnects.take())).toBe(id);
    socket.destroy();
  });

  test("is cut off when it begins a message and does not finish it, whatever control frames it sends", async () => {
    const { started, pass } = await edgeOnClock();
    const { socket } = await rawClient(started.port);
    const id = idOf(await started.connects.take());
    started.edge.proof(id, "sip:alice@localhost", "proved");
    const chatter = async () => {
      socket.write(frame(PONG, "unasked"));
      socket.write(frame(PING, "still here"));
      // The edge's pong to it: everything before has been read.
      await once(socket, "data");
    };
    socket.write(frame(TEXT, "OPTIONS"));
    await started.messages.take();
    socket.write(frame(TEXT, "INVITE ", false));
    await chatter();
    pass(id, 0);
    await chatter();
    pass(id, messageTimeout - 1);
    await chatter();
    expect(started.edge.connections).toBe(1);
    pass(id, 1);
    expect(idOf(await started.disconnects.take())).toBe(id);
    socket.destroy();
  });
});

describe("the end of a connection", () => {
  const endings: [string, (client: Client, started: TestEdge) => unknown][] = [
    ["the client closes it", ({ socket }) => socket.close(4000, "bye")],
    ["the client goes away without a word", ({ socket }) => socket.terminate()],
    ["the edge closes it", ({ id }, { edge }) => edge.find(id)?.close()],
    ["the edge terminates it", ({ id }, { edge }) => edge.find(id)?.terminate(1012)],
    ["it breaks a limit", ({ socket }) => socket.send("x".repeat(128 * 1024 + 1))],
    ["the edge closes down", (_, { edge }) => edge.stop()],
    [
      "both sides close it at once",
      ({ socket, id }, { edge }) => {
        socket.close();
        edge.find(id)?.close();
      },
    ],
  ];

  test.each(endings)("is told exactly once when %s", async (_, end) => {
    const started = await edgeWith();
    const client = await connectClient(started);
    const closed = closing(client);
    end(client, started);
    expect(idOf(await started.disconnects.take())).toBe(client.id);
    await closed;
    expect(started.edge.connections).toBe(0);
    await started.edge.stop();
    expect(started.disconnects.all).toHaveLength(1);
  });

  test("is told exactly once when the client's TCP is reset", async () => {
    const started = await edgeWith();
    const { socket } = await rawClient(started.port);
    socket.resetAndDestroy();
    await started.disconnects.take();
    await started.edge.stop();
    expect(started.disconnects.all).toHaveLength(1);
  });

  test("is told with the code and the reason that the client gave", async () => {
    const started = await edgeWith();
    const { socket } = await connectClient(started);
    socket.close(4000, "bye");
    expect(await started.disconnects.take()).toMatchObject({
      requestContext: {
        routeKey: "$disconnect",
        eventType: "DISCONNECT",
        disconnectStatusCode: 4000,
        disconnectReason: "bye",
      },
    });
  });

  test("is told when everything that came before it has been handled", async () => {
    const work = gate();
    const order = new Mailbox<string>();
    const started = await edgeWith(
      {},
      {
        message: async ({ body = "" }) => {
          await work.passed;
          order.put(body);
          return { ...NOTHING, body: "too late to be read" };
        },
        disconnect: async () => {
          order.put("disconnect");
          return NOTHING;
        },
      },
    );
    const client = await connectClient(started);
    client.socket.send("first");
    client.socket.send("second");
    await roundTrip(client);
    client.socket.terminate();
    const closed = started.edge.stop();
    work.open();
    await closed;
    expect(order.all).toEqual(["first", "second", "disconnect"]);
  });

  test("makes it gone: nothing can be sent to it, and nobody finds it", async () => {
    const started = await edgeWith();
    const { socket, id } = await connectClient(started);
    socket.close();
    await started.disconnects.take();
    expect(await started.edge.send(id, "hello?")).toBe("gone");
    expect(started.edge.find(id)).toBeUndefined();
    expect(await started.edge.send("never was" as ConnectionId, "hello?")).toBe("gone");
  });

  test("begins with its closing: nothing can be sent from then on", async () => {
    const started = await edgeWith();
    const { id } = await connectClient(started);
    started.edge.find(id)?.close();
    expect(await started.edge.send(id, "hello?")).toBe("gone");
  });
});

describe("a connection that is closed on behalf of somebody", () => {
  test("says goodbye to its client, once", async () => {
    const started = await edgeWith();
    const client = await connectClient(started);
    const closed = closing(client);
    expect(await started.edge.close(client.id)).toBe("closed");
    expect(await started.edge.close(client.id)).toBe("gone");
    await closed;
    await started.disconnects.take();
    expect(await started.edge.close(client.id)).toBe("gone");
  });

  test("is gone if it never was", async () => {
    const started = await edgeWith();
    expect(await started.edge.close("never was" as ConnectionId)).toBe("gone");
  });

  test("still sends what was to be sent, and hears nothing more of a client that goes on talking", async () => {
    const started = await edgeWith();
    const client = await connectClient(started);
    client.socket.send("before");
    await started.messages.take();
    await started.edge.send(client.id, "last words");
    expect(await started.edge.close(client.id)).toBe("closed");
    // It has not heard of it yet.
    client.socket.send("after");
    expect(await client.received.take()).toBe("last words");
    await started.disconnects.take();
    expect(started.messages.all.map(({ body }) => body)).toEqual(["before"]);
  });
});

describe("an edge that closes", () => {
  test("tells every client to come back later", async () => {
    const started = await edgeWith();
    const clients = [await connectClient(started), await connectClient(started)];
    const closed = clients.map(closing);
    await started.edge.stop();
    for (const { code } of await Promise.all(closed)) expect(code).toBe(1012);
  });

  test("ends when the end of every connection has been handled", async () => {
    const handled: string[] = [];
    const started = await edgeWith(
      {},
      {
        disconnect: async (event) => {
          // As a write to the records would, this takes a turn or two.
          await new Promise((resolve) => setImmediate(resolve));
          handled.push(idOf(event));
          return NOTHING;
        },
      },
    );
    const ids = [(await connectClient(started)).id, (await connectClient(started)).id];
    await started.edge.stop();
    expect(handled.sort()).toEqual(ids.sort());
  });

  test("does not wait for a client that was refused and stays on the line", async () => {
    const started = await edgeWith({}, { connect: async () => ({ statusCode: 403 }) });
    const { socket, handshake } = await rawClient(started.port);
    expect(handshake).toMatch(/^HTTP\/1\.1 403 /);
    await started.edge.stop();
    socket.destroy();
  });

  test("does not let in a client whose handshake was still being judged", async () => {
    const judgement = gate();
    const started = await edgeWith(
      {},
      {
        connect: async () => {
          await judgement.passed;
          return { ...NOTHING, headers: { "Sec-WebSocket-Protocol": "sip" } };
        },
      },
    );
    const client = rawClient(started.port);
    await started.connects.take();
    const closed = started.edge.stop();
    judgement.open();
    const { socket, handshake } = await client;
    expect(handshake).toMatch(/^HTTP\/1\.1 503 /);
    await closed;
    expect(started.edge.connections).toBe(0);
    socket.destroy();
  });
});
