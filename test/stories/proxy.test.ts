import { describe, expect, test } from "vitest";
import { localStack } from "../support/stack.ts";
import { token } from "../support/token.ts";
import { type WireMessage, wireMessage } from "../support/wire-message.ts";
import { heardNothingMore, WirePhone } from "../support/wire-phone.ts";

// What comes in and how it goes out: request validation, Routes, loops and breadth (RFC 3261 §16.3 to §16.6, RFC 5393).

const URI = /^[A-Z]+ (\S+) /;

/** Alice's phone and Bob's, and `connect`: from INVITE to ACK. */
async function aliceAndBob() {
  const { port } = await localStack();
  const alice = await WirePhone.registered(port, "alice", { instance: crypto.randomUUID() });
  const bob = await WirePhone.registered(port, "bob", { instance: crypto.randomUUID() });
  const connect = async () => {
    const invite = alice.invite("bob");
    const received = await bob.request("INVITE");
    bob.answer(received, 200, "OK");
    const ok = await alice.response(200, "INVITE");
    alice.acknowledge(invite, ok);
    await bob.request("ACK");
    return { invite, received, ok };
  };
  return { port, alice, bob, connect };
}

/** The lines of a request outside of a dialog. */
function lines(method: string, uri: string, user: string, more: readonly string[] = [], hops = 70) {
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/WS ${user}.invalid;branch=z9hG4bK${token()}`,
    `Max-Forwards: ${hops}`,
    `From: <sip:${user}@localhost>;tag=${token()}`,
    "To: <sip:bob@localhost>",
    `Call-ID: ${token()}`,
    `CSeq: 1 ${method}`,
    ...more,
    "Content-Length: 0",
  ];
}

describe("OPTIONS to us is answered 200 (RFC 3261 §11.2)", () => {
  test.each(["sip:localhost", "sip:LOCALHOST;transport=ws", "sips:localhost:443"])(
    "to %s, for anybody",
    async (uri) => {
      const { port } = await localStack();
      const stranger = await WirePhone.connect(port, "mallory");
      const answer = await stranger.ask(lines("OPTIONS", uri, "mallory"));
      expect(answer.startLine).toBe("SIP/2.0 200 OK");
      const said = ["Accept", "Accept-Encoding", "Accept-Language", "Supported", "Allow-Events", "Allow"];
      expect(said.map((name) => answer.all(name))).toEqual([
        ["*/*"],
        ["identity"],
        ["en"],
        ["path, outbound, gruu, pref"],
        ["reg"],
        // "As it is ambiguous since a proxy is method agnostic".
        [],
      ]);
      expect(answer.one("To")).toMatch(/;tag=./);
      expect(answer.body).toBe("");
    },
  );

  test("also to somebody, when no hop is left (§16.3 step 3)", async () => {
    const { alice, bob } = await aliceAndBob();
    const answer = await alice.ask(lines("OPTIONS", "sip:bob@localhost", "alice", [], 0));
    expect(answer.status).toBe(200);
    expect((await alice.ask(lines("MESSAGE", "sip:bob@localhost", "alice", [], 0))).status).toBe(483);
    await heardNothingMore(bob);
  });

  test("unless it requires what we do not understand (420, §8.2.2.3)", async () => {
    const { port } = await localStack();
    const stranger = await WirePhone.connect(port, "mallory");
    const answer = await stranger.ask(
      lines("OPTIONS", "sip:localhost", "mallory", ["Require: path, 100rel", "Proxy-Require: foo"]),
    );
    expect([answer.status, answer.all("Unsupported")]).toEqual([420, ["100rel"]]);
  });

  test("while OPTIONS to a user is the user's to answer", async () => {
    const { alice, bob } = await aliceAndBob();
    alice.send("OPTIONS", "bob");
    bob.answer(await bob.request("OPTIONS"), 486, "Busy Here");
    await alice.response(486, "OPTIONS");
  });
});

describe("Proxy-Require (RFC 3261 §16.3 step 5)", () => {
  test("what we do not understand is refused, before anybody is asked who he is", async () => {
    const { port } = await localStack();
    const stranger = await WirePhone.connect(port, "carol");
    for (const method of ["INVITE", "MESSAGE"]) {
      const answer = await stranger.ask(
        lines(method, "sip:bob@localhost", "carol", ["Proxy-Require: foo, pref"]),
      );
      expect([answer.startLine, answer.all("Unsupported")]).toEqual(["SIP/2.0 420 Bad Extension", ["foo"]]);
    }
  });

  test("within a dialog, too; but neither an ACK nor a CANCEL is held up by it (§8.2.2.3)", async () => {
    const { alice, bob, connect } = await aliceAndBob();
    const { invite, ok } = await connect();
    const more = (text: string) => text.replace("\r\nCSeq", "\r\nProxy-Require: foo\r\nCSeq");
    const within = (method: string) => {
      const routes = ok
        .all("Record-Route")
        .toReversed()
        .map((route) => `Route: ${route}\r\n`);
      return more(
        `${method} ${bob.contactUri()} SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK${token()}\r\nMax-Forwards: 70\r\n${routes.join("")}From: ${invite.one("From")}\r\nTo: ${ok.one("To")}\r\nCall-ID: ${invite.one("Call-ID")}\r\nCSeq: 500 ${method}\r\nContent-Length: 0\r\n\r\n`,
      );
    };
    alice.say(within("INFO"));
    expect((await alice.final("INFO")).all("Unsupported")).toEqual(["foo"]);
    alice.say(within("ACK"));
    await bob.request("ACK");
    const second = alice.invite("bob");
    const ringing = await bob.request("INVITE");
    bob.answer(ringing, 180, "Ringing");
    await alice.response(180);
    const cancel = second.text.replaceAll("INVITE", "CANCEL").replace(/Content-(Type|Length): .*\r\n/g, "");
    alice.say(more(cancel.replace("v=0\r\n", "")));
    await alice.response(200, "CANCEL");
    await bob.request("CANCEL");
  });

  test("Require is no proxy's business: it goes to the callee", async () => {
    const { alice, bob } = await aliceAndBob();
    alice.invite("bob", "Require: foo\r\nProxy-Require: pref\r\n");
    expect((await bob.request("INVITE")).all("Require")).toEqual(["foo"]);
  });
});

describe("a strict router's requests within a dialog arrive (RFC 3261 §16.4)", () => {
  /** As RFC 2543 sends it: the first Route in the Request-URI, the target behind the others. */
  function strictly(method: string, routes: readonly string[], target: string, head: readonly string[]) {
    const [first = "", ...others] = routes;
    return [
      `${method} ${first.slice(1, -1)} SIP/2.0`,
      `Via: SIP/2.0/WS strict.invalid;branch=z9hG4bK${token()}`,
      "Max-Forwards: 70",
      ...others.map((route) => `Route: ${route}`),
      `Route: <${target}>`,
      ...head,
      `CSeq: 900 ${method}`,
      "Content-Length: 0",
    ];
  }

  test("of the caller", async () => {
    const { alice, bob, connect } = await aliceAndBob();
    const { invite, ok } = await connect();
    const head = [`From: ${invite.one("From")}`, `To: ${ok.one("To")}`, `Call-ID: ${invite.one("Call-ID")}`];
    const routes = ok.all("Record-Route").toReversed();
    const answered = alice.ask(strictly("INFO", routes, bob.contactUri(), head));
    const info = await bob.request("INFO");
    expect([info.startLine, info.all("Route")]).toEqual([`INFO ${bob.contactUri()} SIP/2.0`, []]);
    bob.answer(info, 200, "OK");
    expect((await answered).status).toBe(200);
  });

  test("of the callee, a re-INVITE and its CANCEL", async () => {
    const { alice, bob, connect } = await aliceAndBob();
    const { received } = await connect();
    const head = [
      `From: ${received.one("To")};tag=bob-tag`,
      `To: ${received.one("From")}`,
      `Call-ID: ${received.one("Call-ID")}`,
    ];
    const again = strictly("INVITE", received.all("Record-Route"), alice.contactUri(), head);
    bob.say(`${again.join("\r\n")}\r\n\r\n`);
    const invite = await alice.request("INVITE");
    expect(invite.startLine).toBe(`INVITE ${alice.contactUri()} SIP/2.0`);
    bob.say(`${again.join("\r\n").replaceAll("INVITE", "CANCEL")}\r\n\r\n`);
    const cancel = await alice.request("CANCEL");
    expect(cancel.all("Via")).toEqual(invite.all("Via"));
    expect(cancel.startLine).toBe(`CANCEL ${alice.contactUri()} SIP/2.0`);
  });
});

test("Routes of others behind ours go on with the request, over the device's connection: we dial nobody", async () => {
  const { alice, bob } = await aliceAndBob();
  alice.say(
    `${lines("MESSAGE", "sip:bob@localhost", "alice", ["Route: <sip:localhost;lr>, <sip:127.0.0.1:9;lr>"]).join("\r\n")}\r\n\r\n`,
  );
  expect((await bob.request("MESSAGE")).all("Route")).toEqual(["<sip:127.0.0.1:9;lr>"]);
});

test.each([
  ["of another host: it would be the only target (404, RFC 3261 §16.5)", "10.0.0.1", 404],
  ["of ours: it says nothing (§16.4)", "LOCALHOST", 200],
])("a Request-URI with a maddr %s", async (_, maddr, status) => {
  const { alice, bob } = await aliceAndBob();
  const answered = alice.ask(lines("MESSAGE", `sip:bob@localhost;maddr=${maddr}`, "alice"));
  if (status === 200) bob.answer(await bob.request("MESSAGE"), 200, "OK");
  expect((await answered).status).toBe(status);
  await heardNothingMore(bob);
});

/** A request as a proxy on the phone's side sends it back to us: its Via on top, one hop less, this Request-URI. */
function sentBack(request: WireMessage, uri: string, by: string, more = ""): string {
  const hops = Number(request.one("Max-Forwards"));
  return request.text
    .replace(URI, `${request.method} ${uri} `)
    .replace("\r\n", `\r\nVia: SIP/2.0/WS ${by}.invalid;branch=z9hG4bK${token()}\r\n${more}`)
    .replace(/Max-Forwards: \d+/, `Max-Forwards: ${hops - 1}`);
}

describe("a request that comes back to us (RFC 3261 §16.3 step 4, RFC 5393 §4.2)", () => {
  test.each([
    ["as it was", ""],
    ["with a Route to us", "Route: <sip:localhost;lr>\r\n"],
  ])("%s is a loop: 482, and nobody rings again", async (_, more) => {
    const { alice, bob } = await aliceAndBob();
    alice.invite("bob");
    const received = await bob.request("INVITE");
    bob.say(sentBack(received, "sip:bob@localhost", "bob", more));
    const looped = await bob.final("INVITE");
    expect(looped.startLine).toBe("SIP/2.0 482 Loop Detected");
    bob.answer(received, 482, "Loop Detected");
    expect((await alice.final("INVITE")).status).toBe(482);
    await bob.request("ACK");
    await heardNothingMore(alice, bob);
  });

  test("is one if it went out without a fork, too", async () => {
    const { alice, bob } = await aliceAndBob();
    alice.send("MESSAGE", "bob", "round and round");
    bob.say(sentBack(await bob.request("MESSAGE"), "sip:bob@localhost", "bob"));
    expect((await bob.final("MESSAGE")).status).toBe(482);
    await heardNothingMore(bob);
  });

  test("from all devices of a fork is one for each, and the attack of RFC 5393 §3 ends there", async () => {
    const { port, alice, bob } = await aliceAndBob();
    const tablet = await WirePhone.registered(port, "bob", { instance: crypto.randomUUID() });
    alice.invite("bob");
    for (const device of [bob, tablet]) {
      const received = await device.request("INVITE");
      device.say(sentBack(received, "sip:bob@localhost", device === bob ? "bob" : "tablet"));
      expect((await device.final("INVITE")).status).toBe(482);
      device.answer(received, 482, "Loop Detected");
      await device.request("ACK");
    }
    expect((await alice.final("INVITE")).status).toBe(482);
    await heardNothingMore(alice, bob, tablet);
  });

  test("from two devices that send all back with themselves as Route ends, though each turn forks (RFC 5393 §3)", async () => {
    const { alice, port } = await aliceAndBob();
    const heard: string[] = [];
    for (const name of ["one", "two"]) {
      const device = await WirePhone.registered(port, "alice", { instance: crypto.randomUUID() });
      device.socket.on("message", (data: Buffer) => {
        const message = wireMessage(data.toString("latin1"));
        const [top = ""] = message.all("Via");
        if (message.status === undefined) {
          heard.push(name);
          const routeless = wireMessage(message.text.replace(/Route: .*\r\n/, ""));
          device.say(sentBack(routeless, "sip:alice@localhost", name, `Route: <sip:${name}.invalid;lr>\r\n`));
        } else if (top.includes(`${name}.invalid`)) device.say(message.text.replace(`Via: ${top}\r\n`, ""));
      });
    }
    alice.socket.on("message", (data: Buffer) => {
      const message = wireMessage(data.toString("latin1"));
      if (message.status === undefined) alice.answer(message, 500, "Not I");
    });
    alice.send("MESSAGE", "alice", "to and fro");
    const final = await alice.final("MESSAGE");
    expect(final.startLine).toBe("SIP/2.0 482 Loop Detected");
    // Each hears it from the caller, from the other, and from the other that had it from itself; what comes next has been here.
    expect(heard.sort()).toEqual(["one", "one", "one", "two", "two", "two"]);
  });

  test("with another Request-URI is a spiral: it goes on, and so does the dialog; but not a second time", async () => {
    const { port, alice, bob } = await aliceAndBob();
    const exchange = await WirePhone.registered(port, "alice", { instance: crypto.randomUUID() });
    const invite = alice.invite("alice");
    const first = await exchange.request("INVITE");
    exchange.say(sentBack(first, "sip:bob@localhost", "exchange"));
    const second = await bob.request("INVITE");
    expect(second.all("Via").map((via) => via.replace(/^\S+ |;.*/g, ""))).toEqual([
      "localhost",
      "exchange.invalid",
      "localhost",
      "alice.invalid",
    ]);
    // Bob sends it on to where it began: that one has been here.
    bob.say(sentBack(second, "sip:alice@localhost", "bob"));
    expect((await bob.final("INVITE")).status).toBe(482);
    bob.answer(second, 200, "OK");
    const ok = await exchange.response(200, "INVITE");
    exchange.say(ok.text.replace(/Via: \S+ exchange\.invalid.*\r\n/, ""));
    const atAlice = await alice.response(200, "INVITE");
    alice.acknowledge(invite, atAlice);
    await bob.request("ACK");
    bob.withinAnswered("BYE", second);
    await alice.request("BYE");
  });

  test("is no loop if it is the same again over a new connection", async () => {
    const { port, alice, bob } = await aliceAndBob();
    const invite = alice.invite("bob");
    const received = await bob.request("INVITE");
    const again = await WirePhone.registered(port, "alice");
    again.say(invite.text);
    bob.answer(received, 200, "OK");
    await alice.response(200, "INVITE");
    await heardNothingMore(again, bob);
  });
});

test("a contact that is another address of ours is refused: requests to it would come back (400)", async () => {
  const { port } = await localStack();
  const bob = await WirePhone.connect(port, "bob");
  const contact = (uri: string, more = "") => ({ contacts: `Contact: <${uri}>${more}\r\n` });
  const refused = await bob.register({}, contact("sip:carol@LOCALHOST;transport=ws"));
  expect(refused.startLine).toBe("SIP/2.0 400 Contact Is an Address of Ours");
  expect((await bob.register({}, contact("sip:carol@localhost", ";expires=0"))).status).toBe(200);
  expect((await bob.register({}, contact("sip:bob@localhost:5062"))).status).toBe(200);
  expect((await bob.register({}, { contacts: "Contact: *\r\nExpires: 0\r\n" })).status).toBe(200);
});

describe("Max-Breadth (RFC 5393 §5.3.3)", () => {
  async function withTablet() {
    const world = await aliceAndBob();
    const tablet = await WirePhone.registered(world.port, "bob", { instance: crypto.randomUUID() });
    return { ...world, tablet };
  }

  test.each([
    ["none is 60", "", "30"],
    ["60", "Max-Breadth: 60\r\n", "30"],
    ["5", "Max-Breadth: 5\r\n", "2"],
    ["more than 60", "Max-Breadth: 1000\r\n", "30"],
  ])("is split between the devices: %s", async (_, header, share) => {
    const { alice, bob, tablet } = await withTablet();
    alice.invite("bob", header);
    for (const device of [bob, tablet])
      expect((await device.request("INVITE")).all("Max-Breadth")).toEqual([share]);
  });

  test("of 1 lets one device ring", async () => {
    const { alice, bob, tablet } = await withTablet();
    alice.invite("bob", "Max-Breadth: 1\r\n");
    const rings = () => [...bob.unasked, ...tablet.unasked].map(({ one }) => one("Max-Breadth"));
    await expect.poll(rings, { interval: 5 }).not.toEqual([]);
    await Promise.all([bob.caughtUp(), tablet.caughtUp()]);
    expect(rings()).toEqual(["1"]);
  });

  test("of 0 lets nobody ring: 440, also for a request that one device would get", async () => {
    const { alice, bob, tablet } = await withTablet();
    alice.invite("bob", "Max-Breadth: 0\r\n");
    expect((await alice.final("INVITE")).startLine).toBe("SIP/2.0 440 Max-Breadth Exceeded");
    await tablet.register({}, { contacts: "Contact: *\r\nExpires: 0\r\n" });
    await bob.register({ instance: crypto.randomUUID() });
    const answer = await alice.ask(lines("MESSAGE", "sip:bob@localhost", "alice", ["Max-Breadth: 0"]));
    expect(answer.status).toBe(440);
    await heardNothingMore(bob, tablet);
  });

  test("goes on whole where nothing is forked, and within a dialog", async () => {
    const { alice, bob, connect } = await aliceAndBob();
    const { invite, received, ok } = await connect();
    expect(received.all("Max-Breadth")).toEqual(["60"]);
    alice.withinCalled("INFO", invite, ok);
    expect((await bob.request("INFO")).all("Max-Breadth")).toEqual(["60"]);
    alice.say(`${lines("MESSAGE", "sip:bob@localhost", "alice", ["Max-Breadth: 7"]).join("\r\n")}\r\n\r\n`);
    expect((await bob.request("MESSAGE")).all("Max-Breadth")).toEqual(["7"]);
  });
});
