import { describe, expect, test } from "vitest";
import type { InboxEntry } from "../../infra/local/sns/inbox.ts";
import { appleToken } from "../support/calls.ts";
import type { ContactOptions } from "../support/sip-phone.ts";
import { localStack, passingFolder, type TestStack } from "../support/stack.ts";
import { token } from "../support/token.ts";
import type { WireMessage } from "../support/wire-message.ts";
import { heardNothingMore, lose, WirePhone } from "../support/wire-phone.ts";

// MESSAGEs to a user who is not there (RFC 3428 §7).

const BOB = { instance: "7a1f6b1e-0000-4000-8000-00000000b0b0", token: "bob-token" };
const TABLET = { instance: "7a1f6b1e-0000-4000-8000-0000000b0b02", token: "tablet-token" };
const VOIP_ONLY = { ...BOB, provider: "apns", param: "TEAM123456.com.example.phone.voip" };
const BOTH_TOKENS = {
  ...BOB,
  provider: "apns",
  param: "TEAM123456.com.example.phone.voip&remote",
  token: `${appleToken("voip")}:voip&${appleToken("remote")}:remote`,
};
const DAY = 86_400;

interface Saying {
  readonly to?: string;
  readonly type?: string;
  readonly headers?: readonly string[];
  readonly callId?: string;
  readonly branch?: string;
}

/** Says a MESSAGE, and answers the final response to it. */
async function message(
  phone: WirePhone,
  body: string,
  {
    to = "sip:bob@localhost",
    type = "text/plain",
    headers = [],
    callId = token(),
    branch = token(),
  }: Saying = {},
): Promise<WireMessage> {
  const lines = [
    `MESSAGE ${to} SIP/2.0`,
    `Via: SIP/2.0/WS ${phone.user}.invalid;branch=z9hG4bK${branch}`,
    "Max-Forwards: 70",
    `From: "Alice" <${phone.address}>;tag=t-${callId}`,
    "To: <sip:bob@localhost>",
    `Call-ID: ${callId}`,
    "CSeq: 4 MESSAGE",
    ...headers,
    `Content-Type: ${type}`,
    `Content-Length: ${body.length}`,
  ];
  phone.say(`${lines.join("\r\n")}\r\n\r\n${body}`, { binary: true });
  return phone.hear(
    `the answer to "${body}"`,
    ({ status = 0, one }) => status >= 200 && one("Call-ID") === callId,
  );
}

/** Alice is there; these devices of Bob's were, and sleep. */
async function bobAsleep(
  devices: readonly ContactOptions[] = [BOB],
  environment: Readonly<Record<string, string>> = {},
  clock?: () => number,
): Promise<{ stack: TestStack; alice: WirePhone }> {
  const stack = await localStack(environment, clock);
  const alice = await WirePhone.registered(stack.port, "alice");
  for (const device of devices) await lose(await WirePhone.registered(stack.port, "bob", device), stack);
  return { stack, alice };
}

/** What a phone hears of its mail, accepting each until it has had so many. */
async function collected(phone: WirePhone, count: number): Promise<readonly string[]> {
  const bodies: string[] = [];
  while (bodies.length < count) {
    const received = await phone.request("MESSAGE");
    bodies.push(received.body);
    phone.answer(received, 200, "OK");
  }
  await heardNothingMore(phone);
  return bodies;
}

/** The pushes that have gone out, once there are so many. */
async function pushes({ sns }: TestStack, count: number): Promise<readonly InboxEntry[]> {
  await expect.poll(() => sns.inbox.entries.length, { interval: 5 }).toBe(count);
  return sns.inbox.entries;
}

test("a MESSAGE to a phone that sleeps is answered 202, pushed, and delivered when the phone registers, in order", async () => {
  const { stack, alice } = await bobAsleep();
  for (const body of ["one", "two", "three"]) expect((await message(alice, body)).status).toBe(202);
  for (const { token: pushed, payload } of await pushes(stack, 3)) {
    expect(pushed).toBe("bob-token");
    expect(JSON.stringify(payload)).toContain('"kind":"message"');
    expect(JSON.stringify(payload)).not.toMatch(/\bone\b|\btwo\b|\bthree\b/);
  }
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  expect(await collected(bob, 3)).toEqual(["one", "two", "three"]);
  await bob.register(BOB);
  await heardNothingMore(bob, alice);
});

test("the next MESSAGE waits for the answer to the former, whatever that is (RFC 3428 §8)", async () => {
  const { stack, alice } = await bobAsleep();
  for (const body of ["one", "two", "three"]) await message(alice, body);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  const first = await bob.request("MESSAGE");
  bob.answer(first, 100, "Trying");
  await bob.register(BOB);
  await heardNothingMore(bob);
  bob.answer(first, 415, "Unsupported Media Type");
  const second = await bob.request("MESSAGE");
  // Said again, it asks for nothing more.
  bob.answer(first, 415, "Unsupported Media Type");
  await heardNothingMore(bob);
  bob.answer(second, 200, "OK");
  expect(await collected(bob, 1)).toEqual(["three"]);
});

test("a phone that goes without an answer gets the next with its next REGISTER, and none twice", async () => {
  const { stack, alice } = await bobAsleep();
  for (const body of ["one", "two"]) await message(alice, body);
  const before = await WirePhone.registered(stack.port, "bob", BOB);
  expect((await before.request("MESSAGE")).body).toBe("one");
  await lose(before, stack);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  expect(await collected(bob, 1)).toEqual(["two"]);
});

test("what is stored outlives a restart", async () => {
  const folder = passingFolder();
  const { stack: before, alice } = await bobAsleep([BOB], { DATA_DIR: folder });
  for (const body of ["one", "two"]) await message(alice, body);
  await before.close();
  const stack = await localStack({ DATA_DIR: folder });
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  expect(await collected(bob, 2)).toEqual(["one", "two"]);
});

test("a MESSAGE goes out as it came, but for its hops and credentials, and says when it came and from whom", async () => {
  const now = Date.UTC(2026, 10, 23, 9, 0, 7);
  const stack = await localStack({}, () => now);
  const alice = await WirePhone.registered(stack.port, "alice");
  const headers = ["Proxy-Authorization: Digest realm=elsewhere", "X-Thread: 7", "Subject: hi"];
  const stored = await message(alice, "caf\u00e9 \xff", { callId: "call-7", headers });
  expect(stored.status).toBe(202);
  expect(stored.one("To")).toContain(";tag=");
  expect([stored.all("Contact"), stored.body]).toEqual([[], ""]);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  const received = await bob.request("MESSAGE");
  expect(received.startLine).toBe("MESSAGE sip:bob@bob.invalid;transport=ws SIP/2.0");
  expect(received.all("Via")).toHaveLength(1);
  expect(received.one("Via")).toMatch(/^SIP\/2\.0\/WS localhost;branch=z9hG4bKm\./);
  expect(received.text.split("\r\n\r\n")[0]?.split("\r\n").slice(2).sort()).toEqual(
    [
      "Max-Forwards: 69",
      "Max-Breadth: 60",
      "P-Asserted-Identity: <sip:alice@localhost>",
      'From: "Alice" <sip:alice@localhost>;tag=t-call-7',
      "To: <sip:bob@localhost>",
      "Call-ID: call-7",
      "CSeq: 4 MESSAGE",
      "X-Thread: 7",
      "Subject: hi",
      "Content-Type: text/plain",
      "Date: Mon, 23 Nov 2026 09:00:07 GMT",
      "Content-Length: 6",
    ].sort(),
  );
  expect(received.body).toBe("caf\u00e9 \xff");
});

test("a phone behind a Path gets its mail along it, and a Date that was there stays", async () => {
  const { stack, alice } = await bobAsleep([]);
  await message(alice, "hello", { headers: ["Date: Mon, 23 Nov 2026 08:00:00 GMT"] });
  const bob = await WirePhone.connect(stack.port, "bob");
  await bob.register(BOB, { headers: "Path: <sip:edge.invalid;lr>\r\n" });
  const received = await bob.request("MESSAGE");
  expect(received.all("Route")).toEqual(["<sip:edge.invalid;lr>"]);
  expect(received.all("Date")).toEqual(["Mon, 23 Nov 2026 08:00:00 GMT"]);
});

describe("of several devices", () => {
  test("each that slept gets it once, and one that comes after them gets nothing", async () => {
    const { stack, alice } = await bobAsleep([BOB, TABLET]);
    for (const body of ["one", "two"]) await message(alice, body);
    expect((await pushes(stack, 4)).map((entry) => entry.token).sort()).toEqual(
      ["bob-token", "bob-token", "tablet-token", "tablet-token"].sort(),
    );
    const bob = await WirePhone.registered(stack.port, "bob", BOB);
    expect(await collected(bob, 2)).toEqual(["one", "two"]);
    const other = await WirePhone.registered(stack.port, "bob", { instance: crypto.randomUUID() });
    const tablet = await WirePhone.registered(stack.port, "bob", TABLET);
    expect(await collected(tablet, 2)).toEqual(["one", "two"]);
    await heardNothingMore(bob, other, alice);
  });

  test("any that comes gets what nobody has accepted, and none after one has", async () => {
    const { stack, alice } = await bobAsleep([]);
    await message(alice, "hello");
    const first = await WirePhone.registered(stack.port, "bob", BOB);
    first.answer(await first.request("MESSAGE"), 486, "Busy Here");
    const second = await WirePhone.registered(stack.port, "bob", TABLET);
    expect(await collected(second, 1)).toEqual(["hello"]);
    const third = await WirePhone.registered(stack.port, "bob", { instance: crypto.randomUUID() });
    await heardNothingMore(first, second, third);
  });

  test("the one that a GRUU names gets it, and is pushed, and no other (RFC 5627 §6.1)", async () => {
    const { stack, alice } = await bobAsleep([BOB, TABLET]);
    const gruu = `sip:bob@localhost;gr=urn:uuid:${TABLET.instance}`;
    expect((await message(alice, "hello", { to: gruu })).status).toBe(202);
    expect((await pushes(stack, 1))[0]?.token).toBe("tablet-token");
    const bob = await WirePhone.registered(stack.port, "bob", BOB);
    await heardNothingMore(bob);
    const tablet = await WirePhone.registered(stack.port, "bob", TABLET);
    expect(await collected(tablet, 1)).toEqual(["hello"]);
  });

  test("a GRUU of one that is not registered is 480: nobody may ever come for it", async () => {
    const { alice } = await bobAsleep();
    const gruu = "sip:bob@localhost;gr=urn:uuid:7a1f6b1e-0000-4000-8000-000000000000";
    expect((await message(alice, "hello", { to: gruu })).status).toBe(480);
  });

  test("the one that sends it does not get it", async () => {
    const stack = await localStack();
    const sender = await WirePhone.registered(stack.port, "bob", BOB);
    await lose(await WirePhone.registered(stack.port, "bob", TABLET), stack);
    expect((await message(sender, "note to self")).status).toBe(202);
    await sender.register(BOB);
    await heardNothingMore(sender);
    const tablet = await WirePhone.registered(stack.port, "bob", TABLET);
    expect(await collected(tablet, 1)).toEqual(["note to self"]);
  });

  test("those that the caller does not want are not woken and get nothing (RFC 3841 §7)", async () => {
    const { stack, alice } = await bobAsleep([BOB]);
    const headers = ['Reject-Contact: *;mobility="mobile"'];
    const contacts = `Contact: <sip:bob@m.invalid;transport=ws>;mobility="mobile";+sip.instance="<urn:uuid:${TABLET.instance}>"\r\n`;
    const mobile = await WirePhone.connect(stack.port, "bob");
    await mobile.register({}, { contacts });
    await message(alice, "for the desk", { headers });
    await mobile.register({}, { contacts });
    await heardNothingMore(mobile);
    const bob = await WirePhone.registered(stack.port, "bob", BOB);
    expect(await collected(bob, 1)).toEqual(["for the desk"]);
  });
});

describe("the push for a MESSAGE", () => {
  test("goes to an iPhone's token for alerts, and never as VoIP", async () => {
    const { stack, alice } = await bobAsleep([BOTH_TOKENS]);
    await message(alice, "hello");
    const [entry] = await pushes(stack, 1);
    expect(entry?.token).toBe(appleToken("remote"));
    expect(JSON.stringify(entry?.attributes)).not.toContain("voip");
  });

  test("is none for a phone with a VoIP token only, which gets the MESSAGE all the same", async () => {
    const { stack, alice } = await bobAsleep([VOIP_ONLY]);
    expect((await message(alice, "hello")).status).toBe(202);
    const bob = await WirePhone.registered(stack.port, "bob", VOIP_ONLY);
    expect(await collected(bob, 1)).toEqual(["hello"]);
    expect(stack.sns.inbox.entries).toEqual([]);
  });

  test("is the last to a token that its provider calls dead; what is stored stays", async () => {
    const { stack, alice } = await bobAsleep();
    await message(alice, "one");
    await pushes(stack, 1);
    stack.sns.endpoints.disableToken("bob-token");
    expect((await message(alice, "two")).status).toBe(202);
    alice.invite("bob");
    expect((await alice.final("INVITE")).status).toBe(480);
    expect(stack.sns.inbox.entries).toHaveLength(1);
    const bob = await WirePhone.registered(stack.port, "bob", BOB);
    expect(await collected(bob, 2)).toEqual(["one", "two"]);
  });
});

describe("480, and nothing is stored", () => {
  const CPIM = "From: <sip:alice@localhost>\r\nNS: imdn <urn:ietf:params:imdn>\r\n\r\n";

  test.each<[string, string, Saying]>([
    ["a composing notice", "<isComposing/>", { type: "application/im-iscomposing+xml" }],
    ["one in another spelling", "<isComposing/>", { type: "Application/IM-isComposing+XML ; charset=utf-8" }],
    ["a delivery report", "<imdn/>", { type: "message/imdn+xml" }],
    [
      "a delivery report in a wrapper",
      `${CPIM}Content-type: message/imdn+xml\r\n\r\n<imdn/>`,
      { type: "message/cpim" },
    ],
    ["nothing", "", {}],
    ["one for now or never", "hello", { headers: ["Request-Disposition: no-queue"] }],
    ["one that is over at once", "hello", { headers: ["Expires: 0"] }],
    [
      "one that is over by its Date",
      "hello",
      { headers: ["Expires: 60", "Date: Mon, 23 Nov 1998 09:00:00 GMT"] },
    ],
    ["a long one", "x".repeat(16_384), {}],
  ])("for %s", async (_what, body, saying) => {
    const { stack, alice } = await bobAsleep();
    expect((await message(alice, body, saying)).status).toBe(480);
    const bob = await WirePhone.registered(stack.port, "bob", BOB);
    await heardNothingMore(bob);
    expect(stack.sns.inbox.entries).toEqual([]);
  });

  test("if it is turned off", async () => {
    const { stack, alice } = await bobAsleep([BOB], { MESSAGE_STORE: "off" });
    expect((await message(alice, "hello")).status).toBe(480);
    await heardNothingMore(await WirePhone.registered(stack.port, "bob", BOB));
    expect(stack.sns.inbox.entries).toEqual([]);
  });

  test("for the 101st: none that nobody has accepted is given up for it", async () => {
    const { stack, alice } = await bobAsleep([{ instance: BOB.instance }], { RECORDS: "memory" });
    const bodies = Array.from({ length: 100 }, (_, n) => `message ${n}`);
    for (const body of bodies) expect((await message(alice, body)).status).toBe(202);
    expect((await message(alice, "one too many")).status).toBe(480);
    const bob = await WirePhone.registered(stack.port, "bob", BOB);
    expect(await collected(bob, 100)).toEqual(bodies);
    await lose(bob, stack);
    expect((await message(alice, "another")).status).toBe(202);
  });
});

test("other content in a wrapper is stored, and what is in it goes out untouched (RFC 3862)", async () => {
  const { stack, alice } = await bobAsleep();
  const body = "From: <sip:alice@localhost>\r\n\r\nContent-type: text/plain\r\n\r\nhello";
  expect((await message(alice, body, { type: "message/cpim" })).status).toBe(202);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  expect(await collected(bob, 1)).toEqual([body]);
});

test("a user who does not exist is 404, and one who has never registered finds it when he does", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  expect((await message(alice, "hello", { to: "sip:nobody@localhost" })).status).toBe(404);
  expect((await message(alice, "hello")).status).toBe(202);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  expect(await collected(bob, 1)).toEqual(["hello"]);
});

test("a MESSAGE of nobody knows whom is challenged, and not stored", async () => {
  const { stack } = await bobAsleep();
  const stranger = await WirePhone.connect(stack.port, "carol");
  expect((await message(stranger, "hello")).status).toBe(407);
  await heardNothingMore(await WirePhone.registered(stack.port, "bob", BOB));
});

test("a MESSAGE that comes twice is answered twice, and stored, pushed and delivered once", async () => {
  const { stack, alice } = await bobAsleep();
  const twice = { callId: token(), branch: token() };
  for (const _time of [1, 2]) expect((await message(alice, "hello", twice)).status).toBe(202);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  expect(await collected(bob, 1)).toEqual(["hello"]);
  await lose(bob, stack);
  expect((await message(alice, "hello", twice)).status).toBe(202);
  await heardNothingMore(await WirePhone.registered(stack.port, "bob", BOB));
  expect(stack.sns.inbox.entries).toHaveLength(1);
});

test("MESSAGEs that arrive while the phone registers reach it once each, those that were stored in order", async () => {
  const { stack, alice } = await bobAsleep();
  for (let round = 0; round < 8; round++) {
    const bodies = [`${round}.1`, `${round}.2`, `${round}.3`];
    const bob = await WirePhone.connect(stack.port, "bob");
    const heard: string[] = [];
    const answering = (async () => {
      while (heard.length < bodies.length) {
        const received = await bob.request("MESSAGE");
        heard.push(received.body);
        bob.answer(received, 200, "OK");
      }
    })();
    const stored: string[] = [];
    const saying = (async () => {
      for (const body of bodies) {
        const { status } = await message(alice, body);
        expect([200, 202]).toContain(status);
        if (status === 202) stored.push(body);
      }
    })();
    await Promise.all([bob.register(BOB), saying, answering]);
    expect([...heard].sort()).toEqual(bodies);
    expect(heard.filter((body) => stored.includes(body))).toEqual(stored);
    await heardNothingMore(bob);
    await lose(bob, stack);
  }
});

describe("time", () => {
  function stillClock() {
    let now = Date.UTC(2026, 10, 23, 9);
    return {
      read: () => now,
      pass: (seconds: number) => {
        now += seconds * 1000;
      },
    };
  }
  const LONG = { ...BOB, expires: 30 * DAY };

  test.each<[string, readonly string[], number]>([
    ["after 7 days", [], 7 * DAY],
    ["when it says so", ["Expires: 60"], 60],
    ["no later than 7 days, whatever it says", [`Expires: ${30 * DAY}`], 7 * DAY],
    ["as counted from its Date", ["Expires: 60", "Date: Mon, 23 Nov 2026 08:59:30 GMT"], 30],
  ])("a MESSAGE ends %s", async (_when, headers, end) => {
    const clock = stillClock();
    const { stack, alice } = await bobAsleep([LONG, { ...TABLET, expires: 30 * DAY }], {}, clock.read);
    await message(alice, "hello", { headers });
    clock.pass(end - 1);
    const bob = await WirePhone.registered(stack.port, "bob", LONG);
    expect(await collected(bob, 1)).toEqual(["hello"]);
    clock.pass(1);
    const tablet = await WirePhone.registered(stack.port, "bob", TABLET);
    await heardNothingMore(tablet);
  });

  test("a phone that does not answer within a transaction's time gets the next when it registers again", async () => {
    const clock = stillClock();
    const { stack, alice } = await bobAsleep([LONG], {}, clock.read);
    for (const body of ["one", "two"]) await message(alice, body);
    const bob = await WirePhone.registered(stack.port, "bob", LONG);
    expect((await bob.request("MESSAGE")).body).toBe("one");
    clock.pass(31);
    await bob.register(LONG);
    await heardNothingMore(bob);
    clock.pass(1);
    await bob.register(LONG);
    expect(await collected(bob, 1)).toEqual(["two"]);
  });
});
