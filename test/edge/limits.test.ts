import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { DEFAULT_EDGE_LIMITS } from "../../infra/edge/limits.ts";
import { selfSigned } from "../support/certificate.ts";
import { token } from "../support/token.ts";
import type { WireMessage } from "../support/wire-message.ts";
import { WirePhone } from "../support/wire-phone.ts";
import { endOf, limitedEdge } from "./a-limited-edge.ts";
import { closing, connectClient, startEdge } from "./an-edge.ts";
import { rawClient } from "./raw-client.ts";

const PING = "\r\n\r\n";
const HOUR = 3_600_000;

/** A request that costs nobody anything. */
function options(callId = token()): string {
  return `OPTIONS sip:localhost SIP/2.0\r\nVia: SIP/2.0/WS t.invalid;branch=z9hG4bK${token()}\r\nMax-Forwards: 70\r\nFrom: <sip:alice@localhost>;tag=1\r\nTo: <sip:localhost>\r\nCall-ID: ${callId}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`;
}

function within(method: string): string {
  return `${method} sip:bob@localhost SIP/2.0\r\nVia: SIP/2.0/WS t.invalid;branch=z9hG4bK${token()}\r\nMax-Forwards: 70\r\nFrom: <sip:alice@localhost>;tag=1\r\nTo: <sip:bob@localhost>;tag=2\r\nCall-ID: ${token()}\r\nCSeq: 1 ${method}\r\nContent-Length: 0\r\n\r\n`;
}

async function answersTo(phone: WirePhone, times: number): Promise<readonly (number | undefined)[]> {
  for (let i = 0; i < times; i++) phone.say(options());
  const statuses = [];
  for (let i = 0; i < times; i++) statuses.push((await phone.final("OPTIONS")).status);
  return statuses;
}

function many(status: number, times: number): readonly number[] {
  return Array.from({ length: times }, () => status);
}

describe("requests over one connection", () => {
  const requests = { burst: 10, perSecond: 2 };

  test("beyond the burst are answered 503 with Retry-After (RFC 3261 §21.5.4), and in time again as before", async () => {
    const { phone, pass } = await limitedEdge({ requests });
    const alice = await phone("alice");
    expect(await answersTo(alice, 10)).toEqual(many(200, 10));
    alice.say(options("one-too-many"));
    const refused = await alice.final("OPTIONS");
    expect(refused.startLine).toBe("SIP/2.0 503 Too Many Requests");
    expect(refused.one("Retry-After")).toBe("5");
    expect(refused.one("Call-ID")).toBe("one-too-many");
    expect(refused.one("To")).toContain(";tag=");
    // Two shares: what the refused one took, and the next one's.
    pass(1_000);
    expect(await answersTo(alice, 2)).toEqual([200, 503]);
  });

  test("far beyond it close the connection with 1008, and only that one", async () => {
    const { phone, edge } = await limitedEdge({ requests });
    const [alice, bob] = [await phone("alice"), await phone("bob")];
    const ended = endOf(alice);
    expect(await answersTo(alice, 20)).toEqual([...many(200, 10), ...many(503, 10)]);
    alice.say(options());
    expect(await ended).toEqual({ code: 1008, reason: "too many requests" });
    expect(alice.unasked).toEqual([]);
    expect(await answersTo(bob, 10)).toEqual(many(200, 10));
    expect(edge.connections).toBe(1);
  });

  test("are handled as they come, those beyond the burst with a mark, and none that comes after the end", async () => {
    const started = await startEdge({ clock: () => 1_800_000_000_000, limits: { requests } });
    onTestFinished(() => started.edge.stop());
    const client = await connectClient(started);
    const ended = closing(client);
    for (let i = 0; i < 30; i++) client.socket.send("OPTIONS");
    expect((await ended).code).toBe(1008);
    await started.disconnects.take();
    const marks = started.messages.all.map(({ isTooMuch = false }) => isTooMuch);
    expect(marks).toEqual([...Array(10).fill(false), ...Array(10).fill(true)]);
  });

  test("that end something go their way: nothing rings on because its caller is in a hurry", async () => {
    const { phone } = await limitedEdge({ requests: { burst: 4, perSecond: 2 } });
    const alice = await phone("alice");
    await answersTo(alice, 4);
    alice.say(within("BYE"));
    alice.say(within("CANCEL"));
    alice.say(within("INFO"));
    expect((await alice.final("INFO")).status).toBe(503);
    expect((await alice.final("CANCEL")).status).toBe(481);
    expect((await alice.final("BYE")).status).toBeLessThan(500);
  });

  test("leave room for answers, of which four count as one, and which are never turned away", async () => {
    const { registered, pass } = await limitedEdge({ requests: { burst: 4, perSecond: 1 } });
    const bob = await registered("bob");
    pass(10_000);
    const alice = await registered("alice");
    pass(10_000);
    for (let i = 0; i < 4; i++) bob.say("SIP/2.0 200 OK\r\n\r\n");
    expect(await answersTo(bob, 4)).toEqual([200, 200, 200, 503]);
    const invited = alice.invite("bob");
    bob.answer(await bob.request("INVITE"), 486, "Busy Here");
    const busy = await alice.response(486);
    alice.acknowledge(invited, busy);
    expect(busy.one("Call-ID")).toBe(invited.one("Call-ID"));
  });

  test("leave room for keep-alives (RFC 5626 §3.5.1), of which four count as one", async () => {
    const { phone } = await limitedEdge({ requests });
    const alice = await phone("alice");
    for (let i = 0; i < 20; i++) alice.say(PING);
    expect(await answersTo(alice, 6)).toEqual([...many(200, 5), 503]);
  });

  test("are not the only way to flood: a flood of keep-alives, or of WebSocket pings, closes the connection, too", async () => {
    const { phone } = await limitedEdge({ requests });
    const floods: readonly ((alice: WirePhone) => void)[] = [
      (alice) => alice.say(PING),
      (alice) => alice.say("SIP/2.0 200 OK\r\n\r\n"),
      (alice) => alice.say("noise"),
      (alice) => alice.socket.pong(),
    ];
    for (const flood of floods) {
      const alice = await phone("alice");
      const ended = endOf(alice);
      for (let i = 0; i <= 80; i++) flood(alice);
      expect((await ended).code).toBe(1008);
    }
    const alice = await phone("alice");
    const ended = endOf(alice);
    for (let i = 0; i < 80; i++) {
      alice.socket.ping();
      // Else `ws` cuts it off for the pongs that it does not fetch.
      await once(alice.socket, "pong");
    }
    alice.socket.ping();
    expect((await ended).code).toBe(1008);
  });

  test("have no limit where it is off", async () => {
    const { phone } = await limitedEdge({ requests: { burst: 1, perSecond: Number.POSITIVE_INFINITY } });
    expect(await answersTo(await phone("alice"), 500)).toEqual(many(200, 500));
  });

  test("that a client may have at once by default are what a receptionist's phone starts with: 60 subscriptions, each challenged", async () => {
    const { registered } = await limitedEdge();
    const alice = await registered("alice");
    expect(await answersTo(alice, 120)).toEqual(many(200, 120));
  });
});

describe("a connection over which nobody proves who he is", () => {
  const { proofTimeout } = DEFAULT_EDGE_LIMITS;

  test.each<[string, (phone: WirePhone) => Promise<unknown>]>([
    ["says nothing", async () => {}],
    ["only says keep-alives", async (phone) => phone.say(PING)],
    ["only asks for our options", (phone) => answersTo(phone, 1)],
    ["asks without credentials", async (phone) => phone.send("MESSAGE", "bob")],
    ["gives wrong ones", (phone) => phone.register({}, { password: "wrong" })],
  ])("is closed with 1008 in time, and not before, though it %s", async (_, speak) => {
    const { phone, pass, edge } = await limitedEdge();
    const alice = await phone("alice");
    await speak(alice);
    pass(proofTimeout - 1);
    await alice.caughtUp();
    const ended = endOf(alice);
    pass(1);
    expect(await ended).toEqual({ code: 1008, reason: "nobody has proved who it is" });
    await expect.poll(() => edge.remembered, { interval: 5 }).toBeLessThanOrEqual(3);
  });

  test("is one that hears a right password for a nonce that has grown old: it may be overheard", async () => {
    const { phone, pass } = await limitedEdge({ proofTimeout: 3 * HOUR });
    const alice = await phone("alice");
    const challenge = await challengeOf(alice);
    pass(2 * HOUR);
    alice.say(registerWith(alice, challenge, "sipwake"));
    expect((await alice.response(401)).text).toContain("stale=true");
    const ended = endOf(alice);
    pass(HOUR);
    expect((await ended).code).toBe(1008);
  });

  test("is closed alone: who has proved it stays, whatever came before", async () => {
    const { phone, registered, pass } = await limitedEdge();
    const stranger = await phone("bob");
    const alice = await registered("alice");
    const bob = await phone("bob");
    await bob.register({}, { password: "wrong" });
    expect((await bob.register()).status).toBe(200);
    const ended = endOf(stranger);
    pass(proofTimeout);
    expect((await ended).code).toBe(1008);
    await Promise.all([alice.caughtUp(), bob.caughtUp()]);
  });

  test("is one over which somebody has proved it by a call, too", async () => {
    const { phone, pass } = await limitedEdge();
    const alice = await phone("alice");
    const callId = token();
    const lines = [
      "MESSAGE sip:bob@localhost SIP/2.0",
      `Via: SIP/2.0/WS t.invalid;branch=z9hG4bK${token()}`,
      "Max-Forwards: 70",
      "From: <sip:alice@localhost>;tag=1",
      "To: <sip:bob@localhost>",
      `Call-ID: ${callId}`,
      "CSeq: 1 MESSAGE",
      "Content-Length: 0",
    ];
    expect((await alice.ask(lines)).status).toBe(480);
    pass(proofTimeout);
    await alice.caughtUp();
  });
});

describe("wrong passwords", () => {
  /** What each of several tries, over a new connection each, is answered in the end. */
  async function tries(
    connect: () => Promise<WirePhone>,
    passwords: readonly string[],
  ): Promise<readonly (number | undefined)[]> {
    const statuses = [];
    for (const password of passwords) {
      const phone = await connect();
      statuses.push((await phone.register({}, { password })).status);
      await phone.vanish();
    }
    return statuses;
  }

  const wrong = (times: number) => Array.from({ length: times }, (_, index) => `guess-${index}`);
  const limits = {
    wrongProofsOfUser: { burst: 3, perSecond: 0.1 },
    wrongProofsOfAddress: { burst: 5, perSecond: 0.1 },
  };

  test("over one connection close it with 1008 after the fifth, when that has been answered", async () => {
    const { phone } = await limitedEdge();
    const mallory = await phone("bob");
    const ended = endOf(mallory);
    for (let i = 0; i < 5; i++) {
      expect((await mallory.register({}, { password: "wrong" })).status).toBe(401);
    }
    expect(await ended).toEqual({ code: 1008, reason: "too many wrong proofs of identity" });
  });

  test("that are sent all at once are no more tries than one after the other", async () => {
    // Nobody is told apart here: only the connection counts.
    const { phoneFrom } = await limitedEdge();
    const mallory = await phoneFrom(undefined, "bob");
    const challenge = await challengeOf(mallory);
    const ended = endOf(mallory);
    const guesses = [...wrong(5), "sipwake"];
    for (const password of guesses) mallory.say(registerWith(mallory, challenge, password));
    expect((await ended).code).toBe(1008);
    expect(mallory.unasked.map(({ status }) => status)).not.toContain(200);
  });

  test("for one user from one address are refused (403) after some, and a right one with them, for a while", async () => {
    const { phone, pass } = await limitedEdge(limits);
    const connect = () => phone("bob");
    expect(await tries(connect, [...wrong(4), "sipwake"])).toEqual([401, 401, 401, 403, 403]);
    // One try's share of the time; and a refused one took nothing.
    pass(10_000);
    expect(await tries(connect, ["sipwake"])).toEqual([200]);
  });

  test("keep nobody else out: neither another user there, nor the user elsewhere, nor where nobody is told apart", async () => {
    const { phone, phoneFrom } = await limitedEdge(limits);
    await tries(() => phone("bob"), wrong(4));
    expect(await tries(() => phone("alice"), ["sipwake"])).toEqual([200]);
    expect(await tries(() => phoneFrom("192.0.2.2", "bob"), ["sipwake"])).toEqual([200]);
    expect(await tries(() => phoneFrom(undefined, "bob"), ["sipwake"])).toEqual([200]);
    expect(await tries(() => phone("bob"), ["sipwake"])).toEqual([403]);
  });

  test("for many users from one address are refused after some, and elsewhere are not", async () => {
    const { phone, phoneFrom } = await limitedEdge(limits);
    let user = 0;
    const connect = () => phone(`user${user++}`);
    expect(await tries(connect, wrong(6))).toEqual([401, 401, 401, 401, 401, 403]);
    expect(await tries(() => phone("alice"), ["sipwake"])).toEqual([403]);
    expect(await tries(() => phoneFrom("192.0.2.2", "alice"), ["sipwake"])).toEqual([200]);
  });

  test("do not touch whoever has proved who he is over a connection that is still there", async () => {
    const { registered, phone } = await limitedEdge(limits);
    const bob = await registered("bob");
    await tries(() => phone("bob"), wrong(4));
    expect((await bob.register()).status).toBe(200);
    expect(await tries(() => phone("bob"), ["sipwake"])).toEqual([403]);
  });

  test("are none where there was no password, or a nonce that has grown old", async () => {
    const { phone, pass } = await limitedEdge({ ...limits, proofTimeout: Number.POSITIVE_INFINITY });
    const bob = await phone("bob");
    for (let i = 0; i < 6; i++) await challengeOf(bob);
    const challenge = await challengeOf(bob);
    pass(2 * HOUR);
    for (let i = 0; i < 6; i++) {
      bob.say(registerWith(bob, challenge, "sipwake"));
      expect((await bob.response(401)).text).toContain("stale=true");
    }
    expect((await bob.register()).status).toBe(200);
  });

  test("for a user who does not exist are answered octet for octet as for one who does, before and after", async () => {
    // An edge each: the first guesser has had the address's share.
    const answers = async (user: string) => {
      const { phone } = await limitedEdge(limits);
      const texts = [];
      for (const password of wrong(5)) {
        const guesser = await phone(user);
        guesser.say(registerWith(guesser, await challengeOf(guesser), password));
        const { text } = await guesser.final("REGISTER");
        texts.push(text.replaceAll(user, "USER").replace(/nonce="[^"]*"/g, "nonce"));
        await guesser.vanish();
      }
      return texts;
    };
    const ofBob = await answers("bob");
    expect(ofBob.map((text) => text.slice(8, 11))).toEqual(["401", "401", "401", "403", "403"]);
    expect(await answers("eve")).toEqual(ofBob);
  });

  test("are forgotten in time, all of them", async () => {
    const { phone, pass, edge } = await limitedEdge();
    let user = 0;
    await tries(() => phone(`user${user++}`), wrong(8));
    await expect.poll(() => edge.connections, { interval: 5 }).toBe(0);
    expect(edge.remembered).toBeGreaterThanOrEqual(8);
    pass(600_000);
    expect(edge.remembered).toBe(0);
  });
});

/** A REGISTER without credentials, and the challenge to it. */
async function challengeOf(phone: WirePhone): Promise<WireMessage> {
  phone.say(registerLines(phone, ""));
  return phone.response(401);
}

function registerWith(phone: WirePhone, challenge: WireMessage, password: string): string {
  const credentials = phone.credentials(challenge, "REGISTER", "sip:localhost", password);
  return registerLines(phone, `Authorization: ${credentials}\r\n`, password);
}

let calls = 0;

function registerLines({ user }: WirePhone, more: string, tag = "t"): string {
  return `REGISTER sip:localhost SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK${tag}\r\nMax-Forwards: 70\r\nFrom: <sip:${user}@localhost>;tag=1\r\nTo: <sip:${user}@localhost>\r\nCall-ID: c${tag === "t" ? ++calls : tag}\r\nCSeq: 1 REGISTER\r\n${more}Content-Length: 0\r\n\r\n`;
}

describe("connections", () => {
  /** The status of a refused handshake, and when to come again. */
  async function refusal(port: number, headers: Record<string, string> = {}) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, "sip", { headers });
    socket.on("error", () => {});
    const [, response] = await once(socket, "unexpected-response");
    response.resume();
    return { status: response.statusCode as number, retryAfter: response.headers["retry-after"] };
  }

  test("from one address beyond its limit are refused with 429, from others not; and one that ends makes room", async () => {
    const { edge, port, phone, phoneFrom, comeFrom, pass } = await limitedEdge({
      maxPerAddress: 2,
      proofTimeout: Number.POSITIVE_INFINITY,
    });
    const first = await phone("alice");
    await phone("alice");
    comeFrom("192.0.2.1");
    // However long ago those came.
    pass(60_000);
    expect(await refusal(port)).toEqual({ status: 429, retryAfter: "30" });
    await phoneFrom("192.0.2.2", "bob");
    for (let i = 0; i < 4; i++) await phoneFrom(undefined, "bob");
    await first.vanish();
    await expect.poll(() => edge.connections, { interval: 5 }).toBe(6);
    await phone("alice");
  });

  test("that come and go from one address are refused with 429 when they are too many in a minute", async () => {
    const { edge, port, phone, comeFrom, pass } = await limitedEdge({ maxPerAddress: 3 });
    for (let i = 0; i < 3; i++) await (await phone("alice")).vanish();
    await expect.poll(() => edge.connections, { interval: 5 }).toBe(0);
    comeFrom("192.0.2.1");
    expect((await refusal(port)).status).toBe(429);
    pass(20_000);
    await phone("alice");
  });

  test("beyond what the edge holds in all are refused with 503, until one ends", async () => {
    const { edge, port, phone, phoneFrom } = await limitedEdge({ maxConnections: 2 });
    const first = await phone("alice");
    await phoneFrom(undefined, "bob");
    expect(await refusal(port)).toEqual({ status: 503, retryAfter: "30" });
    await first.vanish();
    await expect.poll(() => edge.connections, { interval: 5 }).toBe(1);
    await phone("alice");
  });

  test("of a storm are let in so many a second and served; the others are told by chance when to come again (503), and nobody who is in is touched", async () => {
    const { edge, port, phone, registered, phoneFrom, pass } = await limitedEdge({
      connects: { burst: 3, perSecond: 3 },
    });
    const bob = await registered("bob");
    for (let i = 0; i < 2; i++) expect((await (await phone("alice")).register()).status).toBe(200);
    const told = new Set<string | undefined>();
    for (let i = 0; i < 30; i++) {
      const { status, retryAfter } = await refusal(port);
      expect(status).toBe(503);
      expect(retryAfter).toMatch(/^([1-9]|10)$/);
      told.add(retryAfter);
    }
    // Else those that are refused together would come again together.
    expect(told.size).toBeGreaterThan(1);
    await bob.caughtUp();
    expect(edge.connections).toBe(3);
    pass(334);
    await phoneFrom("192.0.2.9", "alice");
    expect((await refusal(port)).status).toBe(503);
  });

  test("that one address has too many of take no room from others in a second", async () => {
    const { port, phone, phoneFrom, comeFrom } = await limitedEdge({
      maxPerAddress: 1,
      connects: { burst: 2, perSecond: 2 },
    });
    await phone("alice");
    comeFrom("192.0.2.1");
    for (let i = 0; i < 5; i++) expect((await refusal(port)).status).toBe(429);
    await phoneFrom("192.0.2.2", "bob");
  });

  test("that were refused, or never became one, leave nothing behind", async () => {
    const { edge, port, pass } = await limitedEdge();
    for (let i = 0; i < 3; i++) {
      expect((await refusal(port, { origin: "https://evil.example" })).status).toBe(403);
      // What `ws` refuses by itself.
      const { socket, handshake } = await rawClient(port, "sip, sip");
      expect(handshake).toMatch(/^HTTP\/1\.1 400 /);
      socket.destroy();
    }
    pass(60_000);
    await expect.poll(() => edge.remembered, { interval: 5 }).toBe(0);
    await WirePhone.connect(port, "alice");
  });

  test.each(["WS", "WSS"] as const)(
    "over %s that ask for nothing are as many from one address as may be, and no more; others are served",
    async (transport) => {
      const edge = await limitedEdge({ maxPerAddress: 3 });
      const port = transport === "WS" ? edge.port : await edge.listenSecurely("WSS", selfSigned());
      const silent = Array.from({ length: 10 }, () => connect(port, "127.0.0.1"));
      onTestFinished(() => {
        for (const socket of silent) socket.destroy();
      });
      for (const socket of silent) socket.on("error", () => {});
      const open = () => silent.filter(({ closed }) => !closed);
      await expect.poll(() => open().length, { interval: 5 }).toBe(3);
      await edge.phoneFrom("192.0.2.2", "bob");
      // Whoever asks is counted with the WebSockets, and makes room for one who has not asked.
      edge.comeFrom("192.0.2.1");
      for (const socket of open()) socket.destroy();
      await expect
        .poll(
          () =>
            edge.phone("alice").then(
              () => "served",
              () => "cut off",
            ),
          { interval: 5 },
        )
        .toBe("served");
      for (let i = 0; i < 2; i++) await edge.phone("alice");
      expect((await refusal(edge.port)).status).toBe(429);
    },
  );

  test("have no limit where it is off", async () => {
    const off = { maxConnections: Number.POSITIVE_INFINITY, maxPerAddress: Number.POSITIVE_INFINITY };
    const { edge, phone } = await limitedEdge(off);
    for (let i = 0; i < 30; i++) await phone("alice");
    expect(edge.connections).toBe(30);
  });

  test("of a page need an origin that may (RFC 6455 §10.2): 403; an app has none and needs none", async () => {
    const { port } = await limitedEdge({}, ["https://app.example.com"]);
    expect((await refusal(port, { origin: "https://evil.example" })).status).toBe(403);
    expect((await refusal(port, { origin: "null" })).status).toBe(403);
    for (const origin of ["https://app.example.com", `http://127.0.0.1:${port}`]) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`, "sip", { headers: { origin } });
      await once(socket, "open");
      socket.terminate();
    }
    (await WirePhone.connect(port, "alice")).say(PING);
  });
});
