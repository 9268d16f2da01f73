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
  refuse,
  silence,
  stopRinging,
} from "../support/calls.ts";
import type { ContactOptions } from "../support/sip-phone.ts";
import { localStack } from "../support/stack.ts";
import type { WireMessage } from "../support/wire-message.ts";
import { WirePhone } from "../support/wire-phone.ts";

// A phone's connection looks open, and nobody reads at its other end: its system froze the app, or its network changed.

const SOON = { HEDGE_MS: "20" };
const BOB = android("bob");

/** Alice is there; Bob's phone is frozen. */
async function bobFrozen(device: ContactOptions = BOB, environment: Record<string, string> = SOON) {
  const stack = await localStack(environment);
  const alice = await WirePhone.registered(stack.port, "alice");
  const frozen = await WirePhone.registered(stack.port, "bob", device);
  frozen.freeze();
  return { stack, alice, frozen };
}

/** Alice calls the frozen phone, which is pushed. */
async function pushed(device: ContactOptions & { readonly token: string } = BOB, environment = SOON) {
  const { stack, alice, frozen } = await bobFrozen(device, environment);
  const invite = alice.invite("bob");
  await alice.response(182);
  await expectPushes(stack, [[device.token, "call"]]);
  return { stack, alice, frozen, invite };
}

/** The pushed phone registers over a new connection, and is called there. */
async function invitedTwice(device: ContactOptions & { readonly token: string } = BOB) {
  const { stack, alice, frozen, invite } = await pushed(device);
  const awake = await WirePhone.registered(stack.port, "bob", device);
  const received = await awake.request("INVITE");
  return { stack, alice, frozen, invite, awake, received };
}

/** The phone reads what has come while it was frozen. */
async function thawed(phone: WirePhone): Promise<WireMessage> {
  phone.thaw();
  return phone.request("INVITE");
}

/** A clock that stands still until it is put forward, in ms. */
function stillClock() {
  let now = Date.UTC(2026, 10, 23, 9);
  return {
    read: () => now,
    forward: (ms: number) => {
      now += ms;
    },
  };
}

test.each(["caller", "callee"] as const)(
  "a frozen phone is pushed, comes by a new connection, is called there once, and answers; the %s hangs up",
  async (who) => {
    const { stack, alice, frozen, invite } = await pushed();
    const awake = await WirePhone.registered(stack.port, "bob", BOB);
    const received = await awake.request("INVITE");
    awake.answer(received, 180, "Ringing");
    await alice.response(180);
    const ok = await pickUp(awake, received, alice, invite);
    // The stale copy: the same Via branch, so that its SIP stack takes it for a repetition (RFC 3261 §17.2.3).
    const stale = await thawed(frozen);
    expect(stale.all("Via")).toEqual(received.all("Via"));
    await refuse(frozen, stale, 482, "Loop Detected");
    await silence(alice, awake, frozen);
    await hangUp(who, { caller: alice, invite, ok }, { callee: awake, received });
    await silence(alice, awake, frozen);
    await expectPushes(stack, [["bob-token", "call"]]);
  },
);

test("the 182 while a frozen phone is awaited has a To tag and a Contact, as clients want of it (RFC 3261 §12.1.1)", async () => {
  const { alice } = await bobFrozen();
  alice.invite("bob");
  const queued = await alice.response(182);
  expect(queued.one("To")).toContain(";tag=");
  expect(queued.one("Contact")).toContain("sip:bob@localhost");
});

test("a phone that thaws when its call was answered over its new connection is told to stop ringing, and the call stands", async () => {
  const { alice, frozen, invite, awake, received } = await invitedTwice();
  const ok = await pickUp(awake, received, alice, invite);
  const stale = await thawed(frozen);
  frozen.answer(stale, 180, "Ringing");
  expect(await stopRinging(frozen, stale)).toContain("cause=200");
  await silence(alice, awake, frozen);
  await hangUp("caller", { caller: alice, invite, ok }, { callee: awake, received });
});

test("a phone that thaws when its call is over, answered and hung up, does not go on ringing", async () => {
  const { alice, frozen, invite, awake, received } = await invitedTwice();
  const ok = await pickUp(awake, received, alice, invite);
  await hangUp("callee", { caller: alice, invite, ok }, { callee: awake, received });
  const stale = await thawed(frozen);
  frozen.answer(stale, 180, "Ringing");
  expect(await stopRinging(frozen, stale)).toContain("cause=200");
  await silence(alice, awake, frozen);
});

test("a phone that thaws when its call was declined over its new connection is told to stop ringing", async () => {
  const { alice, frozen, invite, awake, received } = await invitedTwice();
  awake.answer(received, 180, "Ringing");
  await alice.response(180);
  await refuse(awake, received, 486, "Busy Here");
  await fails(alice, invite, 486);
  const stale = await thawed(frozen);
  frozen.answer(stale, 180, "Ringing");
  await stopRinging(frozen, stale);
  await silence(alice, awake, frozen);
});

test("the first flow that works wins: the frozen phone thaws and answers, and the copy on its new connection must not ring", async () => {
  const { alice, frozen, invite, awake, received } = await invitedTwice();
  const first = await thawed(frozen);
  frozen.answer(first, 200, "OK", "v=0\r\n");
  const ok = await alice.response(200, "INVITE");
  alice.acknowledge(invite, ok);
  // Within the dialog the phone is found where it is by now.
  await awake.request("ACK");
  awake.answer(received, 180, "Ringing");
  expect(await stopRinging(awake, received)).toContain("cause=200");
  await hangUp("caller", { caller: alice, invite, ok }, { callee: awake, received });
  await silence(alice, awake, frozen);
});

test("a phone that thaws before it has come by another connection answers there, and nothing else rings", async () => {
  const { stack, alice, frozen, invite } = await pushed();
  const received = await thawed(frozen);
  frozen.answer(received, 180, "Ringing");
  await alice.response(180);
  const awake = await WirePhone.registered(stack.port, "bob", BOB);
  frozen.answer(received, 200, "OK", "v=0\r\n");
  alice.acknowledge(invite, await alice.response(200, "INVITE"));
  await awake.request("ACK");
  await silence(alice, awake, frozen);
  await expectPushes(stack, [["bob-token", "call"]]);
});

test("the second copy is refused as a merged one (482, RFC 3261 §8.2.2.2), and the first one rings and answers", async () => {
  const { alice, frozen, invite, awake, received } = await invitedTwice();
  await refuse(awake, received, 482, "Loop Detected");
  await silence(alice);
  const first = await thawed(frozen);
  frozen.answer(first, 180, "Ringing");
  await alice.response(180);
  frozen.answer(first, 200, "OK", "v=0\r\n");
  alice.acknowledge(invite, await alice.response(200, "INVITE"));
  await awake.request("ACK");
  await silence(alice, awake, frozen);
});

test("the first copy is refused as a merged one, and the second one rings and answers", async () => {
  const { alice, frozen, invite, awake, received } = await invitedTwice();
  await refuse(frozen, await thawed(frozen), 482, "Loop Detected");
  await silence(alice);
  awake.answer(received, 180, "Ringing");
  await alice.response(180);
  await pickUp(awake, received, alice, invite);
  await silence(alice, awake, frozen);
});

test("a phone that declines over one connection has declined: the caller hears it once", async () => {
  const { alice, frozen, invite, awake, received } = await invitedTwice();
  await refuse(awake, received, 486, "Busy Here");
  await fails(alice, invite, 486);
  await refuse(frozen, await thawed(frozen), 486, "Busy Here");
  await silence(alice, awake, frozen);
});

test("a caller who gives up before either copy was heard of: 487 at once, and whichever begins to ring is stopped (RFC 3261 §9.1)", async () => {
  const { stack, alice, frozen, invite, awake, received } = await invitedTwice();
  await giveUp(alice, invite);
  await silence(awake);
  awake.answer(received, 180, "Ringing");
  expect(await stopRinging(awake, received)).toContain("cause=487");
  const stale = await thawed(frozen);
  frozen.answer(stale, 180, "Ringing");
  expect(await stopRinging(frozen, stale)).toContain("cause=487");
  await silence(alice, awake, frozen);
  // It has come: there is nobody to call back by push.
  await expectPushes(stack, [["bob-token", "call"]]);
});

test("a caller who gives up while the new connection rings: 487, and the old one finds INVITE and CANCEL when it thaws, or is stopped", async () => {
  const { alice, frozen, invite, awake, received } = await invitedTwice();
  awake.answer(received, 180, "Ringing");
  await alice.response(180);
  alice.cancel(invite);
  await alice.response(200, "CANCEL");
  expect(await stopRinging(awake, received)).toContain("cause=487");
  await fails(alice, invite, 487);
  const stale = await thawed(frozen);
  frozen.answer(stale, 180, "Ringing");
  expect(await stopRinging(frozen, stale)).toContain("cause=487");
});

test("a caller who gives up while a frozen Android phone is awaited: it is told by push, and when it thaws by CANCEL", async () => {
  const { stack, alice, frozen, invite } = await pushed();
  await giveUp(alice, invite);
  await expectPushes(stack, [
    ["bob-token", "call"],
    ["bob-token", "cancel", "cancelled"],
  ]);
  const awake = await WirePhone.registered(stack.port, "bob", BOB);
  await silence(alice, awake);
  const stale = await thawed(frozen);
  frozen.answer(stale, 180, "Ringing");
  expect(await stopRinging(frozen, stale)).toContain("cause=487");
  await silence(alice, awake, frozen);
});

test("a caller who gives up while a frozen iPhone is awaited: the phone must be shown a call when it comes, and is, on both connections", async () => {
  const device = iphone("bob");
  const { stack, alice, frozen, invite } = await pushed(device);
  await giveUp(alice, invite);
  const awake = await WirePhone.registered(stack.port, "bob", device);
  const received = await awake.request("INVITE");
  awake.answer(received, 180, "Ringing");
  expect(await stopRinging(awake, received)).toContain("cause=487");
  const stale = await thawed(frozen);
  frozen.answer(stale, 180, "Ringing");
  expect(await stopRinging(frozen, stale)).toContain("cause=487");
  await silence(alice, awake, frozen);
  await expectPushes(stack, [["bob-token", "call"]]);
});

test("another device answers while a frozen one is awaited: that is told so by push, and by CANCEL when it thaws (RFC 3326)", async () => {
  const { stack, alice, frozen } = await bobFrozen();
  const tablet = await WirePhone.registered(stack.port, "bob", browser("tablet"));
  const invite = alice.invite("bob");
  const received = await tablet.request("INVITE");
  await expectPushes(stack, [["bob-token", "call"]]);
  await pickUp(tablet, received, alice, invite);
  await expectPushes(stack, [
    ["bob-token", "call"],
    ["bob-token", "cancel", "answered elsewhere"],
  ]);
  const stale = await thawed(frozen);
  frozen.answer(stale, 100, "Trying");
  expect(await stopRinging(frozen, stale)).toContain('cause=200;text="Call completed elsewhere"');
});

test("two devices of one user are frozen: each is pushed once, and comes", async () => {
  const { stack, alice } = await bobFrozen();
  const TABLET = android("tablet");
  (await WirePhone.registered(stack.port, "bob", TABLET)).freeze();
  const invite = alice.invite("bob");
  await expectPushes(stack, [
    ["bob-token", "call"],
    ["tablet-token", "call"],
  ]);
  const phone = await WirePhone.registered(stack.port, "bob", BOB);
  const tablet = await WirePhone.registered(stack.port, "bob", TABLET);
  const onPhone = await phone.request("INVITE");
  const onTablet = await tablet.request("INVITE");
  phone.answer(onPhone, 180, "Ringing");
  tablet.answer(onTablet, 180, "Ringing");
  await pickUp(tablet, onTablet, alice, invite);
  expect(await stopRinging(phone, onPhone)).toContain("cause=200");
});

test.each([
  ["with an instance id", browser("tab")],
  ["that is known by its URI only", {}],
])(
  "a browser %s cannot be pushed, and is called anew when it registers by another connection while it is silent",
  async (_which, device) => {
    const { stack, alice, frozen } = await bobFrozen(device);
    const invite = alice.invite("bob");
    await alice.response(100);
    // Before or after it was looked for: it makes no difference.
    const awake = await WirePhone.registered(stack.port, "bob", device);
    const received = await awake.request("INVITE");
    awake.answer(received, 180, "Ringing");
    await alice.response(180);
    await pickUp(awake, received, alice, invite);
    await refuse(frozen, await thawed(frozen), 482, "Loop Detected");
    await silence(alice, awake, frozen);
    await expectPushes(stack, []);
  },
);

test("a browser that came by another connection before it was looked for is called there as soon as it is", async () => {
  const clock = stillClock();
  const stack = await localStack(SOON, clock.read);
  const alice = await WirePhone.registered(stack.port, "alice");
  const frozen = await WirePhone.registered(stack.port, "bob", browser("tab"));
  frozen.freeze();
  const invite = alice.invite("bob");
  await alice.response(100);
  await silence(alice);
  const awake = await WirePhone.registered(stack.port, "bob", browser("tab"));
  await silence(awake);
  clock.forward(20);
  await pickUp(awake, await awake.request("INVITE"), alice, invite);
});

test.each([
  [100, "Trying"],
  [180, "Ringing"],
])("a phone that says %i in time is never pushed (§16.7 step 2)", async (status, reason) => {
  const clock = stillClock();
  const stack = await localStack(SOON, clock.read);
  const alice = await WirePhone.registered(stack.port, "alice");
  const phone = await WirePhone.registered(stack.port, "bob", BOB);
  // Of the same call, so that it shows when silence has lasted too long.
  const tablet = await WirePhone.registered(stack.port, "bob", android("tablet"));
  tablet.freeze();
  const invite = alice.invite("bob");
  const received = await phone.request("INVITE");
  phone.answer(received, status, reason);
  if (status > 100) await alice.response(status);
  await silence(phone);
  clock.forward(60);
  await expectPushes(stack, [["tablet-token", "call"]]);
  const ok = await pickUp(phone, received, alice, invite);
  await expectPushes(stack, [
    ["tablet-token", "call"],
    ["tablet-token", "cancel", "answered elsewhere"],
  ]);
  await hangUp("caller", { caller: alice, invite, ok }, { callee: phone, received });
});

test("HEDGE_MS=0: a silent phone is never pushed, and the call goes to it when it thaws", async () => {
  const { stack, alice, frozen } = await bobFrozen(BOB, { HEDGE_MS: "0", BUCKET_SECONDS: "1" });
  const tablet = await WirePhone.registered(stack.port, "bob", android("tablet"));
  await tablet.vanish();
  const invite = alice.invite("bob");
  // The tablet's bucket time shows that there was time to look for the phone, too.
  await expectPushes(stack, [
    ["tablet-token", "call"],
    ["tablet-token", "cancel", "missed"],
  ]);
  await pickUp(frozen, await thawed(frozen), alice, invite);
});

test("a frozen phone that was pushed and never comes: 480 after the bucket time, and it does not ring when it thaws (RFC 8599 §5.2)", async () => {
  const { stack, alice, frozen } = await bobFrozen(BOB, { ...SOON, BUCKET_SECONDS: "1" });
  const invite = alice.invite("bob");
  await alice.response(182);
  await fails(alice, invite, 480);
  await expectPushes(stack, [
    ["bob-token", "call"],
    ["bob-token", "cancel", "missed"],
  ]);
  const stale = await thawed(frozen);
  frozen.answer(stale, 180, "Ringing");
  expect(await stopRinging(frozen, stale)).toContain("cause=408");
  await silence(alice, frozen);
});

test("a silent browser is waited for as long as a transaction lasts, and no longer: 408 (RFC 3261 §16.8)", async () => {
  const clock = stillClock();
  const stack = await localStack(SOON, clock.read);
  const alice = await WirePhone.registered(stack.port, "alice");
  const frozen = await WirePhone.registered(stack.port, "bob", browser("tab"));
  frozen.freeze();
  const invite = alice.invite("bob");
  await alice.response(100);
  await silence(alice);
  clock.forward(32_000);
  await fails(alice, invite, 408);
  const stale = await thawed(frozen);
  frozen.answer(stale, 180, "Ringing");
  expect(await stopRinging(frozen, stale)).toContain("cause=408");
  await silence(alice, frozen);
});

test("the frozen phone's connection turns out to be gone after the phone was pushed: it is not pushed again", async () => {
  const { stack, alice, frozen, invite } = await pushed();
  await frozen.vanish();
  const awake = await WirePhone.registered(stack.port, "bob", BOB);
  const received = await awake.request("INVITE");
  await pickUp(awake, received, alice, invite);
  await silence(alice, awake);
  await expectPushes(stack, [["bob-token", "call"]]);
});

test("the frozen phone's token is dead: its call goes on, and is answered when it thaws", async () => {
  const { stack, alice, frozen, invite: first } = await pushed();
  await giveUp(alice, first);
  const stale = await thawed(frozen);
  frozen.answer(stale, 180, "Ringing");
  await stopRinging(frozen, stale);
  // SNS learns of a dead token from a push that failed; it knows the token since the first call.
  stack.sns.endpoints.disableToken("bob-token");
  frozen.freeze();
  const tablet = await WirePhone.registered(stack.port, "bob", android("tablet"));
  tablet.freeze();
  const invite = alice.invite("bob");
  // It is pushed when the phone would be.
  const before = [
    ["bob-token", "call"],
    ["bob-token", "cancel", "cancelled"],
  ] as const;
  await expectPushes(stack, [...before, ["tablet-token", "call"]]);
  await pickUp(frozen, await thawed(frozen), alice, invite);
  await expectPushes(stack, [
    ...before,
    ["tablet-token", "call"],
    ["tablet-token", "cancel", "answered elsewhere"],
  ]);
});

test.each([
  { what: "gives up", isThird: false },
  { what: "is answered", isThird: false },
  { what: "gives up", isThird: true },
  { what: "is answered", isThird: true },
])(
  "both copies of a call ring, as if the phone were two (a third connection: $isThird); the caller $what: both stop",
  async ({ what, isThird }) => {
    const { stack, alice, frozen, invite, awake, received } = await invitedTwice();
    awake.answer(received, 180, "Ringing");
    await alice.response(180);
    // Its network has changed once more.
    const last = isThird ? await WirePhone.registered(stack.port, "bob", BOB) : awake;
    const stale = await thawed(frozen);
    frozen.answer(stale, 180, "Ringing");
    await silence(frozen);
    if (what === "gives up") {
      alice.cancel(invite);
      await alice.response(200, "CANCEL");
      expect(await stopRinging(awake, received)).toContain("cause=487");
      await fails(alice, invite, 487);
    } else {
      awake.answer(received, 200, "OK", "v=0\r\n");
      alice.acknowledge(invite, await alice.response(200, "INVITE"));
      await last.request("ACK");
    }
    await stopRinging(frozen, stale);
  },
);
