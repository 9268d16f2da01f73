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
import { localStack, type TestStack } from "../support/stack.ts";
import type { WireMessage } from "../support/wire-message.ts";
import { lose, WirePhone } from "../support/wire-phone.ts";

// An iPhone that got a VoIP push must show a call, or its system ends the app: if it comes late, it is shown the call that
// it was pushed for, and told why there is none. An Android phone is told by push that it need not come.

const IPHONE = iphone("bob");
const ANDROID = android("bob");

interface Scene {
  readonly stack: TestStack;
  readonly alice: WirePhone;
  readonly tablet: WirePhone;
  readonly invite: WireMessage;
  readonly onTablet: WireMessage;
}

/** Bob's phone sleeps and is pushed; his tablet rings. */
async function ringingElsewhere(device: typeof IPHONE): Promise<Scene> {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  await lose(await WirePhone.registered(stack.port, "bob", device), stack);
  const tablet = await WirePhone.registered(stack.port, "bob", browser("tablet"));
  const invite = alice.invite("bob");
  const onTablet = await tablet.request("INVITE");
  await alice.response(182);
  await expectPushes(stack, [["bob-token", "call"]]);
  return { stack, alice, tablet, invite, onTablet };
}

interface Ending {
  readonly what: string;
  readonly push: string;
  readonly reason: string;
  readonly end: (scene: Scene) => Promise<unknown>;
}

/** How the call may be over before the phone comes. */
const ENDINGS: readonly Ending[] = [
  {
    what: "the caller gave up",
    push: "cancelled",
    reason: 'SIP;cause=487;text="Request Terminated"',
    end: async ({ alice, tablet, invite, onTablet }) => {
      tablet.answer(onTablet, 180, "Ringing");
      await alice.response(180);
      alice.cancel(invite);
      await alice.response(200, "CANCEL");
      await stopRinging(tablet, onTablet);
      await fails(alice, invite, 487);
    },
  },
  {
    what: "the caller gave up before anybody rang",
    push: "cancelled",
    reason: 'SIP;cause=487;text="Request Terminated"',
    end: async ({ alice, tablet, invite, onTablet }) => {
      await giveUp(alice, invite);
      tablet.answer(onTablet, 180, "Ringing");
      await stopRinging(tablet, onTablet);
    },
  },
  {
    what: "another device answered",
    push: "answered elsewhere",
    reason: 'SIP;cause=200;text="Call completed elsewhere"',
    end: ({ alice, tablet, invite, onTablet }) => pickUp(tablet, onTablet, alice, invite),
  },
  {
    what: "another device answered, and the call was hung up",
    push: "answered elsewhere",
    reason: 'SIP;cause=200;text="Call completed elsewhere"',
    end: async ({ alice, tablet, invite, onTablet }) => {
      const ok = await pickUp(tablet, onTablet, alice, invite);
      await hangUp("caller", { caller: alice, invite, ok }, { callee: tablet, received: onTablet });
    },
  },
  {
    what: "another device declined for all (603)",
    push: "declined elsewhere",
    reason: "SIP;cause=600",
    end: async ({ alice, tablet, invite, onTablet }) => {
      await refuse(tablet, onTablet, 603, "Decline");
      await fails(alice, invite, 603);
    },
  },
];

for (const { what, push, reason, end } of ENDINGS) {
  test.each([
    [100, "Trying"],
    [180, "Ringing"],
    [183, "Session Progress"],
  ])(
    `${what}: an iPhone that comes late gets the INVITE and, once it has said %i, its CANCEL (RFC 3261 §9.1, RFC 3326)`,
    async (status, phrase) => {
      const scene = await ringingElsewhere(IPHONE);
      await end(scene);
      const late = await WirePhone.registered(scene.stack.port, "bob", IPHONE);
      const received = await late.request("INVITE");
      expect(received.body).toBe("v=0\r\n");
      // Not before it has said a word (§9.1).
      await silence(late);
      late.answer(received, status, phrase);
      expect(await stopRinging(late, received)).toContain(reason);
      // It is shown the call once.
      await late.register(IPHONE);
      await silence(scene.alice, scene.tablet, late);
      await expectPushes(scene.stack, [["bob-token", "call"]]);
    },
  );

  test(`${what}: an Android phone is told so by push, and comes late to nothing`, async () => {
    const scene = await ringingElsewhere(ANDROID);
    await end(scene);
    await expectPushes(scene.stack, [
      ["bob-token", "call"],
      ["bob-token", "cancel", push],
    ]);
    const late = await WirePhone.registered(scene.stack.port, "bob", ANDROID);
    await silence(scene.alice, scene.tablet, late);
  });
}

test("nobody came in time (480): the iPhone that comes then gets INVITE and CANCEL (RFC 8599 §5.2)", async () => {
  const stack = await localStack({ BUCKET_SECONDS: "1" });
  const alice = await WirePhone.registered(stack.port, "alice");
  await lose(await WirePhone.registered(stack.port, "bob", IPHONE), stack);
  const invite = alice.invite("bob");
  await alice.response(182);
  await fails(alice, invite, 480);
  const late = await WirePhone.registered(stack.port, "bob", IPHONE);
  const received = await late.request("INVITE");
  late.answer(received, 180, "Ringing");
  expect(await stopRinging(late, received)).toContain('cause=408;text="No answer"');
  await silence(alice, late);
  await expectPushes(stack, [["bob-token", "call"]]);
});

test("nobody came in time (480): an Android phone is told that it missed a call", async () => {
  const stack = await localStack({ BUCKET_SECONDS: "1" });
  const alice = await WirePhone.registered(stack.port, "alice");
  await lose(await WirePhone.registered(stack.port, "bob", ANDROID), stack);
  const invite = alice.invite("bob");
  await fails(alice, invite, 480);
  await expectPushes(stack, [
    ["bob-token", "call"],
    ["bob-token", "cancel", "missed"],
  ]);
  const late = await WirePhone.registered(stack.port, "bob", ANDROID);
  await alice.response(182);
  await silence(alice, late);
});

test("an iPhone that comes late with two calls is shown both", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  await lose(await WirePhone.registered(stack.port, "bob", IPHONE), stack);
  const invites = [alice.invite("bob"), alice.invite("bob")];
  for (const _call of invites) await alice.response(182);
  for (const invite of invites) await giveUp(alice, invite);
  const late = await WirePhone.registered(stack.port, "bob", IPHONE);
  for (const received of [await late.request("INVITE"), await late.request("INVITE")]) {
    late.answer(received, 180, "Ringing");
    expect(await stopRinging(late, received)).toContain("cause=487");
  }
  await silence(alice, late);
});

test("an iPhone that comes late and vanishes before it has said a word is shown the call when it comes back", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  await lose(await WirePhone.registered(stack.port, "bob", IPHONE), stack);
  const invite = alice.invite("bob");
  await alice.response(182);
  await giveUp(alice, invite);
  const passing = await WirePhone.registered(stack.port, "bob", IPHONE);
  await passing.request("INVITE");
  await lose(passing, stack);
  const late = await WirePhone.registered(stack.port, "bob", IPHONE);
  const received = await late.request("INVITE");
  late.answer(received, 180, "Ringing");
  expect(await stopRinging(late, received)).toContain("cause=487");
  await silence(alice, late);
});

test("an iPhone that comes late and declines by itself is acknowledged, and the caller hears nothing of it", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  await lose(await WirePhone.registered(stack.port, "bob", IPHONE), stack);
  const invite = alice.invite("bob");
  await alice.response(182);
  await giveUp(alice, invite);
  const late = await WirePhone.registered(stack.port, "bob", IPHONE);
  await refuse(late, await late.request("INVITE"), 486, "Busy Here");
  await silence(alice, late);
});

test("an iPhone that comes late and answers at once has answered: the caller hears its 200 and can end that call (RFC 3261 §16.7 step 5)", async () => {
  const { stack, alice, tablet, invite, onTablet } = await ringingElsewhere(IPHONE);
  const first = await pickUp(tablet, onTablet, alice, invite);
  const late = await WirePhone.registered(stack.port, "bob", IPHONE);
  late.tag = "late-tag";
  const received = await late.request("INVITE");
  const second = await pickUp(late, received, alice, invite);
  expect(second.one("To")).toContain("late-tag");
  await hangUp("caller", { caller: alice, invite, ok: second }, { callee: late, received });
  await hangUp("caller", { caller: alice, invite, ok: first }, { callee: tablet, received: onTablet });
  await silence(alice, tablet, late);
});

test("CANCEL_PUSHES=off: an Android phone is not told by push that its call is over", async () => {
  const stack = await localStack({ CANCEL_PUSHES: "off" });
  const alice = await WirePhone.registered(stack.port, "alice");
  const carol = await WirePhone.registered(stack.port, "carol");
  await lose(await WirePhone.registered(stack.port, "bob", ANDROID), stack);
  const invite = alice.invite("bob");
  await alice.response(182);
  await giveUp(alice, invite);
  // A later call's push comes after whatever that would have sent.
  carol.invite("bob");
  await carol.response(182);
  await expectPushes(stack, [
    ["bob-token", "call"],
    ["bob-token", "call"],
  ]);
});
