import { expect, test } from "vitest";
import {
  android,
  expectPushes,
  fails,
  hangUp,
  iphone,
  pickUp,
  pushesOf,
  refuse,
  silence,
  stopRinging,
} from "../support/calls.ts";
import type { ContactOptions } from "../support/sip-phone.ts";
import { localStack, type TestStack } from "../support/stack.ts";
import { token } from "../support/token.ts";
import type { WireMessage } from "../support/wire-message.ts";
import { lose, WirePhone } from "../support/wire-phone.ts";

// Contacts of one q ring at once, and those of the next lower one when they have failed (RFC 3261 §16.6); and what becomes
// of the answers.

const A_SECOND = { TURN_SECONDS: "1", BUCKET_SECONDS: "1", HEDGE_MS: "0" };

/** Registers one of Bob's devices with a q. */
async function device(
  { port }: TestStack,
  name: string,
  q: number | undefined,
  push: ContactOptions = {},
): Promise<WirePhone> {
  const phone = await WirePhone.connect(port, "bob");
  phone.tag = `${name}-tag`;
  const preference = q === undefined ? "" : `;q=${q}`;
  const { instance = android(name).instance } = push;
  const contacts = `Contact: <${phone.contactUri(push)}>${preference};reg-id=1;+sip.instance="<urn:uuid:${instance}>";expires=600\r\n`;
  const answer = await phone.register({}, { contacts });
  expect(answer.status).toBe(200);
  return phone;
}

/** Alice, and Bob's two devices, the first of which is preferred. */
async function twoTurns(environment: Record<string, string> = {}) {
  const stack = await localStack(environment);
  const alice = await WirePhone.registered(stack.port, "alice");
  const second = await device(stack, "second", 0.5);
  const first = await device(stack, "first", 1);
  return { stack, alice, first, second };
}

/** Alice, and Bob's devices, of which none is preferred. */
async function twoDevices(environment: Record<string, string> = {}) {
  const stack = await localStack(environment);
  const alice = await WirePhone.registered(stack.port, "alice");
  return {
    stack,
    alice,
    one: await device(stack, "one", undefined),
    other: await device(stack, "other", undefined),
  };
}

test("the second contact rings only when the first has declined, and answers (RFC 3261 §16.6)", async () => {
  const { alice, first, second } = await twoTurns();
  const invite = alice.invite("bob");
  const onFirst = await first.request("INVITE");
  first.answer(onFirst, 180, "Ringing");
  await alice.response(180);
  await silence(second);
  await refuse(first, onFirst, 486, "Busy Here");
  const onSecond = await second.request("INVITE");
  expect(onSecond.body).toBe("v=0\r\n");
  second.answer(onSecond, 180, "Ringing");
  await alice.response(180);
  const ok = await pickUp(second, onSecond, alice, invite);
  await hangUp("callee", { caller: alice, invite, ok }, { callee: second, received: onSecond });
  await silence(alice, first, second);
});

test("the first contact answers: the second never rings", async () => {
  const { alice, first, second } = await twoTurns();
  const invite = alice.invite("bob");
  const ok = await pickUp(first, await first.request("INVITE"), alice, invite);
  expect(ok.one("To")).toContain("first-tag");
  await silence(alice, first, second);
});

test("the first contact rings too long: it is cancelled, and only then the second rings (RFC 3261 §16.6, §16.8)", async () => {
  const { alice, first, second } = await twoTurns(A_SECOND);
  const invite = alice.invite("bob");
  const onFirst = await first.request("INVITE");
  first.answer(onFirst, 180, "Ringing");
  const cancel = await first.request("CANCEL");
  expect(cancel.one("Reason")).toContain("SIP;cause=408");
  await silence(second);
  first.answer(cancel, 200, "OK");
  await refuse(first, onFirst, 487, "Request Terminated");
  await pickUp(second, await second.request("INVITE"), alice, invite);
  await alice.response(180);
  await silence(alice, first, second);
});

test("the first contact answers in the moment in which its turn ends: the call stands, and the second stops ringing (RFC 3261 §9.1)", async () => {
  const { alice, first, second } = await twoTurns(A_SECOND);
  const invite = alice.invite("bob");
  const onFirst = await first.request("INVITE");
  first.answer(onFirst, 180, "Ringing");
  await alice.response(180);
  first.answer(await first.request("CANCEL"), 200, "OK");
  const ok = await pickUp(first, onFirst, alice, invite);
  await silence(alice, first, second);
  await hangUp("caller", { caller: alice, invite, ok }, { callee: first, received: onFirst });
});

test("the first contact is silent: the second rings when its turn has come, and the first is stopped when it begins to", async () => {
  const { alice, first, second } = await twoTurns(A_SECOND);
  first.freeze();
  const invite = alice.invite("bob");
  const onSecond = await second.request("INVITE");
  second.answer(onSecond, 180, "Ringing");
  await alice.response(180);
  first.thaw();
  const onFirst = await first.request("INVITE");
  first.answer(onFirst, 180, "Ringing");
  await stopRinging(first, onFirst);
  await pickUp(second, onSecond, alice, invite);
  await silence(alice, first, second);
});

test("the first contact was silent, and answers while the second rings: the first 2xx wins (RFC 3261 §16.7 step 5)", async () => {
  const { alice, first, second } = await twoTurns(A_SECOND);
  first.freeze();
  const invite = alice.invite("bob");
  const onSecond = await second.request("INVITE");
  second.answer(onSecond, 180, "Ringing");
  await alice.response(180);
  first.thaw();
  await pickUp(first, await first.request("INVITE"), alice, invite);
  expect(await stopRinging(second, onSecond)).toContain("cause=200");
  await silence(alice, first, second);
});

test("the first contact's connection is gone: the second rings at once", async () => {
  const { stack, alice, first, second } = await twoTurns();
  await lose(first, stack);
  const invite = alice.invite("bob");
  await pickUp(second, await second.request("INVITE"), alice, invite);
  await silence(alice, second);
});

test("the first contact sleeps and cannot be pushed: the second rings at once", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  // Apple's tokens have at most 400 characters: SNS says so to the real SDK.
  await lose(await device(stack, "first", 1, { ...iphone("first"), token: "a".repeat(401) }), stack);
  const second = await device(stack, "second", 0.5);
  const invite = alice.invite("bob");
  await pickUp(second, await second.request("INVITE"), alice, invite);
  await silence(alice, second);
  expect(pushesOf(stack)).toEqual([]);
});

test("the first contact sleeps and comes in time: the second never rings", async () => {
  const FIRST = android("first");
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  await lose(await device(stack, "first", 1, FIRST), stack);
  const second = await device(stack, "second", 0.5);
  const invite = alice.invite("bob");
  await alice.response(182);
  await silence(second);
  const first = await device(stack, "first", 1, FIRST);
  await pickUp(first, await first.request("INVITE"), alice, invite);
  await silence(alice, first, second);
});

test("the first contact sleeps and does not come: the second rings after the bucket time (RFC 8599 §5.2)", async () => {
  const FIRST = android("first");
  const stack = await localStack(A_SECOND);
  const alice = await WirePhone.registered(stack.port, "alice");
  await lose(await device(stack, "first", 1, FIRST), stack);
  const second = await device(stack, "second", 0.5);
  const invite = alice.invite("bob");
  await alice.response(182);
  await pickUp(second, await second.request("INVITE"), alice, invite);
  await expectPushes(stack, [
    ["first-token", "call"],
    // As the call stood when the phone's time was over.
    ["first-token", "cancel", "missed"],
  ]);
  const late = await device(stack, "first", 1, FIRST);
  await silence(alice, late, second);
});

test("the second contact sleeps: it is not pushed before its turn, and never if the first answers", async () => {
  const SECOND = android("second");
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  await lose(await device(stack, "second", 0.5, SECOND), stack);
  const first = await device(stack, "first", 1);
  const answered = alice.invite("bob");
  const ok = await pickUp(first, await first.request("INVITE"), alice, answered);
  alice.withinCalled("BYE", answered, ok);
  first.answer(await first.request("BYE"), 200, "OK");
  await alice.response(200, "BYE");
  expect(pushesOf(stack)).toEqual([]);
  const invite = alice.invite("bob");
  const onFirst = await first.request("INVITE");
  await silence(alice);
  expect(pushesOf(stack)).toEqual([]);
  await refuse(first, onFirst, 486, "Busy Here");
  await expectPushes(stack, [["second-token", "call"]]);
  await alice.response(182);
  const second = await device(stack, "second", 0.5, SECOND);
  await pickUp(second, await second.request("INVITE"), alice, invite);
  await silence(alice, first, second);
});

test("the caller gives up while the first rings: the second never does (RFC 3261 §16.10)", async () => {
  const { alice, first, second } = await twoTurns();
  const invite = alice.invite("bob");
  const onFirst = await first.request("INVITE");
  first.answer(onFirst, 180, "Ringing");
  await alice.response(180);
  alice.cancel(invite);
  await alice.response(200, "CANCEL");
  expect(await stopRinging(first, onFirst)).toContain("cause=487");
  await fails(alice, invite, 487);
  await silence(alice, first, second);
});

test("the caller gives up while the second rings: only that one is cancelled (RFC 3261 §16.10)", async () => {
  const { alice, first, second } = await twoTurns();
  const invite = alice.invite("bob");
  await refuse(first, await first.request("INVITE"), 486, "Busy Here");
  const onSecond = await second.request("INVITE");
  second.answer(onSecond, 180, "Ringing");
  await alice.response(180);
  alice.cancel(invite);
  await alice.response(200, "CANCEL");
  expect(await stopRinging(second, onSecond)).toContain("cause=487");
  await fails(alice, invite, 487);
  await silence(alice, first, second);
});

test("the first contact declines for all (6xx): the second never rings (RFC 3261 §16.7 step 5)", async () => {
  const { alice, first, second } = await twoTurns();
  const invite = alice.invite("bob");
  await refuse(first, await first.request("INVITE"), 603, "Decline");
  await fails(alice, invite, 603);
  await silence(alice, first, second);
});

test("all turns have failed: the caller hears the best of their answers (RFC 3261 §16.7 step 6)", async () => {
  const { alice, first, second } = await twoTurns();
  const invite = alice.invite("bob");
  await refuse(first, await first.request("INVITE"), 503, "Service Unavailable");
  await refuse(second, await second.request("INVITE"), 486, "Busy Here");
  await fails(alice, invite, 486);
  await silence(alice, first, second);
});

test("three turns, two contacts in the middle one: those ring at once, and the last when both have declined", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  const [last, middle, beside, first] = [
    await device(stack, "last", 0.1),
    await device(stack, "middle", 0.5),
    await device(stack, "beside", 0.5),
    await device(stack, "first", 1),
  ];
  const invite = alice.invite("bob");
  await refuse(first, await first.request("INVITE"), 480, "Temporarily Unavailable");
  const [onMiddle, onBeside] = [await middle.request("INVITE"), await beside.request("INVITE")];
  await refuse(middle, onMiddle, 486, "Busy Here");
  await silence(last);
  await refuse(beside, onBeside, 486, "Busy Here");
  await pickUp(last, await last.request("INVITE"), alice, invite);
  await silence(alice, first, middle, beside, last);
});

test("Request-Disposition: parallel rings all contacts at once, whatever their q (RFC 3841 §9.1)", async () => {
  const { alice, first, second } = await twoTurns();
  const invite = alice.invite("bob", "Request-Disposition: parallel\r\n");
  const [onFirst, onSecond] = [await first.request("INVITE"), await second.request("INVITE")];
  first.answer(onFirst, 180, "Ringing");
  await alice.response(180);
  await pickUp(second, onSecond, alice, invite);
  await stopRinging(first, onFirst);
  await silence(alice, first, second);
});

test("Request-Disposition: sequential rings contacts of one q one after the other (RFC 3841 §9.1)", async () => {
  const { alice, one, other } = await twoDevices();
  const invite = alice.invite("bob", "Request-Disposition: sequential\r\n");
  const rung: WirePhone[] = [];
  const called = async (phone: WirePhone, next: WirePhone) => {
    const received = await phone.request("INVITE");
    rung.push(phone);
    return { phone, next, received };
  };
  const [toOne, toOther] = [called(one, other), called(other, one)];
  const { phone, next, received } = await Promise.race([toOne, toOther]);
  await silence(phone, next);
  expect(rung).toEqual([phone]);
  await refuse(phone, received, 486, "Busy Here");
  const [onOne, onOther] = await Promise.all([toOne, toOther]);
  await pickUp(next, next === one ? onOne.received : onOther.received, alice, invite);
  await silence(alice, phone, next);
});

test("Request-Disposition: no-fork rings the best contact alone (RFC 3841 §9.1)", async () => {
  const { alice, first, second } = await twoTurns();
  const invite = alice.invite("bob", "Request-Disposition: no-fork\r\n");
  await refuse(first, await first.request("INVITE"), 486, "Busy Here");
  await fails(alice, invite, 486);
  await silence(alice, first, second);
});

test("Request-Disposition: no-queue waits for no sleeping phone, and pushes none (RFC 3841 §9.1)", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  await lose(await WirePhone.registered(stack.port, "bob", android("bob")), stack);
  await fails(alice, alice.invite("bob", "Request-Disposition: no-queue\r\n"), 480);
  await silence(alice);
  expect(pushesOf(stack)).toEqual([]);
});

test("two devices challenge the caller: it hears of both, and answers both at once (RFC 3261 §16.7 step 7)", async () => {
  const { alice, one, other } = await twoDevices();
  const invite = alice.invite("bob");
  const www = 'WWW-Authenticate: Digest realm="one", nonce="1"';
  const proxy = 'Proxy-Authenticate: Digest realm="other", nonce="2"';
  await refuse(one, await one.request("INVITE"), 401, "Unauthorized", `${www}\r\n`);
  await refuse(other, await other.request("INVITE"), 407, "Proxy Authentication Required", `${proxy}\r\n`);
  const challenge = await alice.final("INVITE");
  expect([401, 407]).toContain(challenge.status);
  expect(challenge.text).toContain(`\r\n${www}\r\n`);
  expect(challenge.text).toContain(`\r\n${proxy}\r\n`);
  alice.acknowledge(invite, challenge);
  const credentials = [
    'Authorization: Digest username="alice", realm="one", nonce="1", uri="sip:bob@localhost", response="1"',
    'Proxy-Authorization: Digest username="alice", realm="other", nonce="2", uri="sip:bob@localhost", response="2"',
  ];
  const again = alice.invite("bob", `${credentials.join("\r\n")}\r\n`);
  const [onOne, onOther] = [await one.request("INVITE"), await other.request("INVITE")];
  for (const received of [onOne, onOther]) {
    for (const line of credentials) expect(received.text).toContain(`\r\n${line}\r\n`);
  }
  one.answer(onOne, 180, "Ringing");
  await alice.response(180);
  await pickUp(other, onOther, alice, again);
  await stopRinging(one, onOne);
  await silence(alice, one, other);
});

test("two devices challenge for two realms by one header: both lines reach the caller (RFC 3261 §16.7 step 7)", async () => {
  const { alice, one, other } = await twoDevices();
  const invite = alice.invite("bob");
  for (const [phone, realm] of [
    [one, "one"],
    [other, "other"],
  ] as const) {
    const line = `WWW-Authenticate: Digest realm="${realm}", nonce="1"\r\n`;
    await refuse(phone, await phone.request("INVITE"), 401, "Unauthorized", line);
  }
  const challenge = await fails(alice, invite, 401);
  expect(challenge.all("WWW-Authenticate").toSorted()).toEqual([
    'Digest realm="one", nonce="1"',
    'Digest realm="other", nonce="1"',
  ]);
});

test("one device challenges and another is busy: the caller is challenged (RFC 3261 §16.7 step 6)", async () => {
  const { alice, one, other } = await twoDevices();
  const invite = alice.invite("bob");
  const line = 'WWW-Authenticate: Digest realm="one", nonce="1"\r\n';
  await refuse(other, await other.request("INVITE"), 486, "Busy Here");
  await refuse(one, await one.request("INVITE"), 401, "Unauthorized", line);
  expect((await fails(alice, invite, 401)).all("WWW-Authenticate")).toHaveLength(1);
});

test.each([1, 2])(
  "503 of all of %i devices is 500 for the caller: we are not overloaded (RFC 3261 §16.7 step 6)",
  async (count) => {
    const stack = await localStack();
    const alice = await WirePhone.registered(stack.port, "alice");
    const phones: WirePhone[] = [];
    for (let index = 0; index < count; index++) phones.push(await device(stack, `phone${index}`, undefined));
    const invite = alice.invite("bob");
    for (const phone of phones)
      await refuse(phone, await phone.request("INVITE"), 503, "Service Unavailable");
    await fails(alice, invite, 500);
    await silence(alice, ...phones);
  },
);

/** Requests other than INVITE that begin something, and what they must say beside the usual. */
const OTHERS: readonly (readonly [method: string, lines: readonly string[]])[] = [
  ["OPTIONS", ["Accept: application/sdp"]],
  ["SUBSCRIBE", ["Event: presence", "Expires: 60", "Contact: <sip:alice@alice.invalid;transport=ws>"]],
  ["REFER", ["Refer-To: <sip:carol@localhost>", "Contact: <sip:alice@alice.invalid;transport=ws>"]],
  ["INFO", []],
  ["PUBLISH", ["Event: presence", "Expires: 60"]],
  [
    "NOTIFY",
    [
      "Event: message-summary",
      "Subscription-State: active",
      "Contact: <sip:alice@alice.invalid;transport=ws>",
    ],
  ],
  ["MESSAGE", []],
  ["WINK", []],
];

/** Says a request to Bob; answers its final response. */
function ask(phone: WirePhone, method: string, lines: readonly string[]): Promise<WireMessage> {
  return phone.ask([
    `${method} sip:bob@localhost SIP/2.0`,
    `Via: SIP/2.0/WS a.invalid;branch=z9hG4bK${token()}`,
    "Max-Forwards: 70",
    `From: <${phone.address}>;tag=${token()}`,
    "To: <sip:bob@localhost>",
    `Call-ID: ${token()}`,
    `CSeq: 1 ${method}`,
    ...lines,
    "Content-Length: 0",
  ]);
}

test.each(OTHERS)(
  "%s goes to both devices: the first 2xx comes back, no 1xx, and no other 2xx (RFC 3261 §16.7, RFC 4320 §4.1)",
  async (method, lines) => {
    const { alice, one, other } = await twoDevices();
    const answer = ask(alice, method, lines);
    const [onOne, onOther] = [await one.request(method), await other.request(method)];
    one.answer(onOne, 183, "Session Progress");
    await silence(alice, one);
    one.answer(onOne, 200, "OK");
    expect(await answer).toMatchObject({ status: 200, method });
    expect((await answer).one("To")).toContain("one-tag");
    other.answer(onOther, 202, "Accepted");
    // Nothing but an INVITE is ever cancelled or acknowledged by us (§9.1, §17.1.2).
    await silence(alice, one, other);
  },
);

test.each(OTHERS)(
  "%s that both devices refuse: the better refusal comes back (RFC 3261 §16.7 step 6)",
  async (method, lines) => {
    const { alice, one, other } = await twoDevices();
    const answer = ask(alice, method, lines);
    const [onOne, onOther] = [await one.request(method), await other.request(method)];
    one.answer(onOne, 501, "Not Implemented");
    await silence(alice, one);
    other.answer(onOther, 488, "Not Acceptable Here");
    expect(await answer).toMatchObject({ status: 488 });
    await silence(alice, one, other);
  },
);

test.each(OTHERS)("%s that one device refuses and the other accepts is accepted", async (method, lines) => {
  const { alice, one, other } = await twoDevices();
  const answer = ask(alice, method, lines);
  const [onOne, onOther] = [await one.request(method), await other.request(method)];
  one.answer(onOne, 501, "Not Implemented");
  await silence(alice, one);
  other.answer(onOther, 200, "OK");
  expect(await answer).toMatchObject({ status: 200 });
  await silence(alice, one, other);
});

test("OPTIONS goes to all devices at once, whatever their q: its client would not wait for turns (RFC 4321)", async () => {
  const { alice, first, second } = await twoTurns();
  const answer = ask(alice, "OPTIONS", []);
  const [, onSecond] = [await first.request("OPTIONS"), await second.request("OPTIONS")];
  second.answer(onSecond, 200, "OK");
  expect(await answer).toMatchObject({ status: 200 });
  await silence(alice, first, second);
});
