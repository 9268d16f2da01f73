import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import {
  android,
  browser,
  expectPushes,
  fails,
  giveUp,
  hangUp,
  iphone,
  pickUp,
  pushesOf,
  silence,
  stopRinging,
} from "../support/calls.ts";
import type { ContactOptions } from "../support/sip-phone.ts";
import { localStack } from "../support/stack.ts";
import { token } from "../support/token.ts";
import { isOf, type WireMessage } from "../support/wire-message.ts";
import { lose, WirePhone } from "../support/wire-phone.ts";

// Who is woken, by what, how often, and whose call he gets.

const BOB = android("bob");
const TABLET = android("tablet");

/** Alice is there; Bob's devices have registered, and are asleep. */
async function asleep(devices: readonly ContactOptions[] = [BOB], environment: Record<string, string> = {}) {
  const stack = await localStack(environment);
  const alice = await WirePhone.registered(stack.port, "alice");
  for (const device of devices) await lose(await WirePhone.registered(stack.port, "bob", device), stack);
  return { stack, alice };
}

/** Numbers in [0, 1) that are the same each time (mulberry32). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled<T>(items: readonly T[], next: () => number): readonly T[] {
  return items
    .map((item) => ({ item, rank: next() }))
    .toSorted((one, other) => one.rank - other.rank)
    .map(({ item }) => item);
}

/** The REGISTER of a phone with credentials for a challenge that it has had, so that it needs no other. */
async function challenged(phone: WirePhone, device: ContactOptions, expires = 600): Promise<WireMessage> {
  const callId = token();
  phone.say(
    `REGISTER sip:localhost SIP/2.0\r\nVia: SIP/2.0/WS b.invalid;branch=z9hG4bK${callId}\r\nMax-Forwards: 70\r\nFrom: <${phone.address}>;tag=1\r\nTo: <${phone.address}>\r\nCall-ID: ${callId}\r\nCSeq: 1 REGISTER\r\nContact: <${phone.contactUri(device)}>;reg-id=1;+sip.instance="<urn:uuid:${device.instance}>";expires=${expires}\r\nSupported: path, outbound\r\nContent-Length: 0\r\n\r\n`,
  );
  return phone.final("REGISTER");
}

test.each([1, 2, 3])(
  "twenty calls to twenty sleepers who wake in any order (seed %i): each answers its own",
  async (seed) => {
    const next = dice(seed);
    const names = Array.from({ length: 20 }, (_, index) => `u${String(index + 1).padStart(2, "0")}`);
    const stack = await localStack({
      SIP_USERS: ["alice", ...names].map((name) => `${name}:sipwake`).join(","),
    });
    const alice = await WirePhone.registered(stack.port, "alice");
    const deviceOf = (name: string) => (Number(name.slice(1)) % 2 === 0 ? android(name) : iphone(name));
    for (const name of names) await lose(await WirePhone.registered(stack.port, name, deviceOf(name)), stack);
    const calls = new Map(shuffled(names, next).map((name) => [name, alice.invite(name)]));
    await expectPushes(
      stack,
      names.map((name) => [`${name}-token`, "call"]),
    );
    const phones = await Promise.all(
      shuffled(names, next).map(async (name) => {
        const phone = await WirePhone.registered(stack.port, name, deviceOf(name));
        const received = await phone.request("INVITE");
        const invite = calls.get(name) as WireMessage;
        expect(received.one("Call-ID")).toBe(invite.one("Call-ID"));
        await alice.hear("182", (message) => message.status === 182 && isOf(message, invite, "INVITE"));
        phone.answer(received, 180, "Ringing");
        await alice.hear("180", (message) => message.status === 180 && isOf(message, invite, "INVITE"));
        const ok = await pickUp(phone, received, alice, invite);
        expect(ok.one("To")).toContain(`${name}-tag`);
        return { phone, received, invite, ok };
      }),
    );
    for (const { phone, received, invite, ok } of phones) {
      await hangUp(
        next() < 0.5 ? "caller" : "callee",
        { caller: alice, invite, ok },
        { callee: phone, received },
      );
    }
    await silence(alice, ...phones.map(({ phone }) => phone));
    expect(pushesOf(stack)).toHaveLength(20);
  },
);

test("five calls wait for one phone: one REGISTER brings each of them once (RFC 8599 §5.6.2)", async () => {
  const { stack, alice } = await asleep();
  const carol = await WirePhone.registered(stack.port, "carol");
  const callers = [alice, carol, alice, carol, alice];
  const calls = callers.map((caller) => ({ caller, invite: caller.invite("bob") }));
  for (const { caller, invite } of calls) {
    await caller.hear("182", (message) => message.status === 182 && isOf(message, invite, "INVITE"));
  }
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  for (const { caller, invite } of calls) {
    const received = await bob.hear(
      "INVITE",
      (message) => message.status === undefined && isOf(message, invite, "INVITE"),
    );
    await pickUp(bob, received, caller, invite);
  }
  // A refresh brings none of them again.
  await bob.register(BOB);
  await silence(alice, carol, bob);
  expect(pushesOf(stack)).toHaveLength(5);
});

test("of five calls that wait, those that were given up do not come, and the others do", async () => {
  const { stack, alice } = await asleep();
  const invites = Array.from({ length: 5 }, () => alice.invite("bob"));
  for (const _call of invites) await alice.response(182);
  for (const invite of [invites[1], invites[3]]) await giveUp(alice, invite as WireMessage);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  const heard: string[] = [];
  for (let index = 0; index < 3; index++) heard.push((await bob.request("INVITE")).one("Call-ID"));
  expect(heard.toSorted()).toEqual(
    [invites[0], invites[2], invites[4]].map((invite) => invite?.one("Call-ID")).toSorted(),
  );
  await silence(alice, bob);
});

test("two devices of one user wake and answer at once: both 200 reach the caller, and each call can be ended (RFC 3261 §16.7 step 5)", async () => {
  const { stack, alice } = await asleep([BOB, TABLET]);
  const invite = alice.invite("bob");
  // One for each push.
  await alice.response(182);
  await alice.response(182);
  const phone = await WirePhone.registered(stack.port, "bob", BOB);
  const tablet = await WirePhone.registered(stack.port, "bob", TABLET);
  tablet.tag = "tablet-tag";
  tablet.target = "sip:tablet@tablet.invalid;transport=ws";
  const devices = [phone, tablet];
  const received = [await phone.request("INVITE"), await tablet.request("INVITE")];
  for (const [index, device] of devices.entries()) {
    device.answer(received[index] as WireMessage, 200, "OK", "v=0\r\n");
  }
  const oks = [await alice.response(200, "INVITE"), await alice.response(200, "INVITE")];
  expect(new Set(oks.map((ok) => /;tag=(.*)/.exec(ok.one("To"))?.[1]))).toEqual(
    new Set(["bob-tag", "tablet-tag"]),
  );
  for (const ok of oks) {
    const device = ok.one("To").includes("tablet-tag") ? tablet : phone;
    alice.acknowledge(invite, ok);
    await device.request("ACK");
    alice.withinCalled("BYE", invite, ok);
    device.answer(await device.request("BYE"), 200, "OK");
    await alice.response(200, "BYE");
  }
  // Whoever was second may have been told that the call was answered elsewhere: by then it had answered (§9.2).
  for (const device of devices) {
    await device.caughtUp();
    const strays = device.unasked.filter(({ status }) => status !== 100);
    expect(strays.filter(({ method }) => method !== "CANCEL")).toEqual([]);
    expect(strays.length).toBeLessThanOrEqual(1);
  }
  await silence(alice);
});

test("two devices wake, and one answers: the other is told that it was answered elsewhere, and no 487 reaches the caller (RFC 3326)", async () => {
  const { stack, alice } = await asleep([BOB, TABLET]);
  const invite = alice.invite("bob");
  await alice.response(182);
  await alice.response(182);
  const phone = await WirePhone.registered(stack.port, "bob", BOB);
  const tablet = await WirePhone.registered(stack.port, "bob", TABLET);
  const [onPhone, onTablet] = [await phone.request("INVITE"), await tablet.request("INVITE")];
  phone.answer(onPhone, 180, "Ringing");
  tablet.answer(onTablet, 180, "Ringing");
  await alice.response(180);
  await alice.response(180);
  const ok = await pickUp(tablet, onTablet, alice, invite);
  expect(await stopRinging(phone, onPhone)).toContain('cause=200;text="Call completed elsewhere"');
  await hangUp("callee", { caller: alice, invite, ok }, { callee: tablet, received: onTablet });
  await silence(alice, phone, tablet);
});

test("a phone that registers, vanishes and comes again: it is pushed once, and called wherever it is", async () => {
  const { stack, alice } = await asleep();
  const invite = alice.invite("bob");
  await alice.response(182);
  for (let time = 0; time < 5; time++) {
    const passing = await WirePhone.registered(stack.port, "bob", BOB);
    const copy = await passing.request("INVITE");
    expect(copy.one("Call-ID")).toBe(invite.one("Call-ID"));
    await lose(passing, stack);
  }
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  const received = await bob.request("INVITE");
  await pickUp(bob, received, alice, invite);
  await silence(alice, bob);
  await expectPushes(stack, [["bob-token", "call"]]);
});

test("a phone that vanishes while its REGISTER is handled is pushed once, and called when it comes to stay", async () => {
  const { stack, alice } = await asleep();
  const invite = alice.invite("bob");
  await alice.response(182);
  for (let time = 0; time < 10; time++) {
    const passing = await WirePhone.connect(stack.port, "bob");
    // Nobody is left to hear whether it was accepted.
    passing.register(BOB).catch(() => undefined);
    await once(passing.socket, "message");
    // With its proof just sent, or on the way, or being handled.
    for (let turn = 0; turn < time; turn++) await setImmediate();
    await passing.vanish();
  }
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  const received = await bob.request("INVITE");
  await pickUp(bob, received, alice, invite);
  await silence(alice, bob);
  await expectPushes(stack, [["bob-token", "call"]]);
});

test("the same INVITE again while the phone sleeps pushes nobody twice (RFC 3261 §17.2.1)", async () => {
  const { stack, alice } = await asleep();
  const invite = alice.invite("bob");
  await alice.response(182);
  alice.say(invite.text);
  alice.say(invite.text);
  await silence(alice);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  await pickUp(bob, await bob.request("INVITE"), alice, invite);
  await silence(alice, bob);
  await expectPushes(stack, [["bob-token", "call"]]);
});

test("the 182 has a To tag and a Contact (RFC 3261 §12.1.1), and the 180 that follows is the phone's own", async () => {
  const { stack, alice } = await asleep();
  const invite = alice.invite("bob");
  const queued = await alice.response(182);
  expect(queued.one("To")).toMatch(/;tag=\S+/);
  expect(queued.one("Contact")).toContain("sip:bob@localhost");
  expect(queued.all("Via")).toEqual(invite.all("Via"));
  expect(queued.one("CSeq")).toBe(invite.one("CSeq"));
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  bob.answer(await bob.request("INVITE"), 180, "Ringing");
  const ringing = await alice.response(180);
  expect(ringing.one("To")).toContain("bob-tag");
  expect(ringing.one("To")).not.toBe(queued.one("To"));
});

test("a REGISTER that is challenged and not proved releases nothing; the proved one does (RFC 8599 §5.6.2)", async () => {
  const { stack, alice } = await asleep();
  const invite = alice.invite("bob");
  await alice.response(182);
  const bob = await WirePhone.connect(stack.port, "bob");
  expect((await challenged(bob, BOB)).status).toBe(401);
  await silence(bob);
  expect((await bob.register(BOB)).status).toBe(200);
  await pickUp(bob, await bob.request("INVITE"), alice, invite);
});

test.each<[string, number, (phone: WirePhone) => Promise<WireMessage>]>([
  ["with a wrong password", 401, (phone) => phone.register(BOB, { password: "guess" })],
  ["for too short a time", 423, (phone) => phone.register({ ...BOB, expires: 100 })],
  [
    "that needs an extension we lack",
    420,
    (phone) => phone.register(BOB, { headers: "Require: telepathy\r\n" }),
  ],
  ["for another's address", 403, (phone) => phone.register(BOB, { of: "carol" })],
  [
    "that cannot be read",
    400,
    (phone) => phone.register(BOB, { contacts: "Contact: <sip:bob@b.invalid>;expires=soon\r\n" }),
  ],
])("a REGISTER %s is refused (%i) and releases nothing", async (_how, status, attempt) => {
  const { stack, alice } = await asleep();
  const invite = alice.invite("bob");
  await alice.response(182);
  const bob = await WirePhone.connect(stack.port, "bob");
  expect((await attempt(bob)).status).toBe(status);
  await silence(alice, bob);
  expect((await bob.register(BOB)).status).toBe(200);
  await pickUp(bob, await bob.request("INVITE"), alice, invite);
});

test("a REGISTER that asks for nothing but a list releases nothing (RFC 3261 §10.2.3)", async () => {
  const { stack, alice } = await asleep();
  alice.invite("bob");
  await alice.response(182);
  const bob = await WirePhone.connect(stack.port, "bob");
  expect(await bob.bindings()).toHaveLength(1);
  await silence(alice, bob);
});

test("a phone that unregisters while a call waits for it is not called (RFC 3261 §10.2.2)", async () => {
  const { stack, alice } = await asleep([BOB], { BUCKET_SECONDS: "1" });
  const invite = alice.invite("bob");
  await alice.response(182);
  const bob = await WirePhone.connect(stack.port, "bob");
  expect((await bob.register({ ...BOB, expires: 0 })).status).toBe(200);
  await fails(alice, invite, 480);
  await silence(alice, bob);
});

test("all pushes are refused: 480 at once, and nobody waits", async () => {
  const { stack, alice } = await asleep([BOB, TABLET]);
  const first = alice.invite("bob");
  await expectPushes(stack, [
    ["bob-token", "call"],
    ["tablet-token", "call"],
  ]);
  await giveUp(alice, first);
  for (const device of [BOB, TABLET]) stack.sns.endpoints.disableToken(device.token);
  await fails(alice, alice.invite("bob"), 480);
  // And the next one is not even tried.
  const pushes = pushesOf(stack).filter(({ kind }) => kind === "call").length;
  await fails(alice, alice.invite("bob"), 480);
  expect(pushesOf(stack).filter(({ kind }) => kind === "call")).toHaveLength(pushes);
});

test("one push is refused, and another device rings: the call goes on, and the caller hears the best of what is left", async () => {
  const { stack, alice } = await asleep();
  const first = alice.invite("bob");
  await alice.response(182);
  await giveUp(alice, first);
  stack.sns.endpoints.disableToken(BOB.token);
  const laptop = await WirePhone.registered(stack.port, "bob", browser("laptop"));
  const invite = alice.invite("bob");
  const received = await laptop.request("INVITE");
  laptop.answer(received, 180, "Ringing");
  await alice.response(180);
  await silence(alice);
  const ok = await pickUp(laptop, received, alice, invite);
  await hangUp("caller", { caller: alice, invite, ok }, { callee: laptop, received });
});

test("one push is refused, and another device is woken: the call waits for that one alone", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  // Apple's tokens have at most 400 characters: SNS says so to the real SDK.
  const dead = { ...iphone("dead"), token: "a".repeat(401) };
  await lose(await WirePhone.registered(stack.port, "bob", dead), stack);
  await lose(await WirePhone.registered(stack.port, "bob", BOB), stack);
  const invite = alice.invite("bob");
  await alice.response(182);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  await pickUp(bob, await bob.request("INVITE"), alice, invite);
  await silence(alice, bob);
  await expectPushes(stack, [["bob-token", "call"]]);
});

test.each([
  ["an Android phone", android("bob")],
  ["an iPhone", iphone("bob")],
])(
  "forty calls one after the other wake %s each time: a call that has been delivered waits no more",
  async (_which, device) => {
    const { stack, alice } = await asleep([device], { DEVICE_PUSHES: "0", PAIR_PUSHES: "0" });
    for (let call = 0; call < 40; call++) {
      const invite = alice.invite("bob");
      const first = await alice.hear("182 or a failure", ({ status = 0 }) => status > 100);
      expect({ call, status: first.status }).toEqual({ call, status: 182 });
      const bob = await WirePhone.registered(stack.port, "bob", device);
      const ok = await pickUp(bob, await bob.request("INVITE"), alice, invite);
      alice.withinCalled("BYE", invite, ok);
      bob.answer(await bob.request("BYE"), 200, "OK");
      await alice.response(200, "BYE");
      await lose(bob, stack);
    }
  },
);
