import { expect, test } from "vitest";
import { appleToken } from "../support/calls.ts";
import type { ContactOptions } from "../support/sip-phone.ts";
import { localStack, passingFolder } from "../support/stack.ts";
import { lose, WirePhone } from "../support/wire-phone.ts";

const HOUR = 3_600;
const DAY = 86_400;
const BOB = { instance: "7a1f6b1e-0000-4000-8000-00000000b0b0", token: "bob-token", expires: HOUR };
const ON_IOS = {
  ...BOB,
  token: appleToken("bob-token"),
  provider: "apns",
  param: "TEAM123456.com.example.phone.voip",
};
const WITH_BOTH_TOKENS = {
  ...ON_IOS,
  param: `${ON_IOS.param}&remote`,
  token: `${appleToken("voip")}:voip&${appleToken("remote")}:remote`,
};

type Stack = Awaited<ReturnType<typeof localStack>>;

/** A clock that stands still until it is set, in s from where it began. */
function stillClock() {
  const start = Date.UTC(2026, 10, 23, 9);
  let now = start;
  return {
    read: () => now,
    set: (seconds: number) => {
      now = start + seconds * 1000;
    },
  };
}

/** Ends a phone's connection; answers when the server has written that down. */
async function fallAsleep(phone: WirePhone, stack: Stack): Promise<void> {
  await lose(phone, stack);
  // A MESSAGE wakes nobody. That it finds nobody is said when that has been written.
  const witness = await WirePhone.registered(stack.port, "alice");
  witness.send("MESSAGE", phone.user);
  await witness.response(480, "MESSAGE");
}

/** Bob has registered at 0 s and fallen asleep. */
async function bobAsleep(contact: ContactOptions = BOB) {
  const clock = stillClock();
  const stack = await localStack({}, clock.read);
  await fallAsleep(await WirePhone.registered(stack.port, "bob", contact), stack);
  return { clock, stack };
}

/** The pushes that ask a phone to register, for nothing else's sake. */
function reminders({ sns }: Stack) {
  return sns.inbox.entries.filter(({ payload }) => JSON.stringify(payload).includes('"kind":"refresh"'));
}

/** Looks at these times, in s, and finds that there have been so many reminders by then. */
async function expectReminders(
  stack: Stack,
  clock: ReturnType<typeof stillClock>,
  counts: readonly (readonly [seconds: number, reminders: number])[],
): Promise<void> {
  for (const [seconds, count] of counts) {
    clock.set(seconds);
    await stack.look();
    // The stack also looks by itself now and then; what it found may still be on its way.
    await expect
      .poll(() => reminders(stack).length, { interval: 5, message: `after ${seconds} s` })
      .toBe(count);
  }
}

test("a sleeping phone is asked to register with a quarter of its hour left, then ever more seldom, the last time while there is time (RFC 8599 §5.5)", async () => {
  const { clock, stack } = await bobAsleep();
  await expectReminders(stack, clock, [
    [60, 0],
    [2_695, 0],
    [2_700, 1],
    [2_755, 1],
    [2_760, 2],
    [2_875, 2],
    [2_880, 3],
    [3_115, 3],
    [3_120, 4],
    [3_445, 4],
    // Not later than 120 s before the end.
    [3_450, 5],
    [3_480, 5],
    // After the end never again with this token.
    [3_599, 5],
    [3_606, 5],
    [2 * HOUR, 5],
  ]);
  for (const entry of reminders(stack)) expect(entry).toMatchObject({ provider: "fcm", token: "bob-token" });
});

test("a phone that is registered for 30 days is left alone until the last of them (RFC 8599 §5.5)", async () => {
  const { clock, stack } = await bobAsleep({ ...BOB, expires: 30 * DAY });
  await expectReminders(stack, clock, [
    [15 * DAY, 0],
    [29 * DAY - 5, 0],
    [29 * DAY, 1],
    [29 * DAY + 60, 2],
    [30 * DAY - 145, 3],
    [30 * DAY - 1, 3],
  ]);
});

test("a phone that comes when it is asked is left alone until its new time comes (RFC 8599 §5.5)", async () => {
  const { clock, stack } = await bobAsleep();
  await expectReminders(stack, clock, [[2_700, 1]]);
  await fallAsleep(await WirePhone.registered(stack.port, "bob", BOB), stack);
  await expectReminders(stack, clock, [
    [2_760, 1],
    [3_450, 1],
    [2_700 + 2_695, 1],
    [2_700 + 2_700, 2],
  ]);
});

test("a phone that is online refreshes by itself, and is asked once if it has let the last moment come", async () => {
  const clock = stillClock();
  const stack = await localStack({}, clock.read);
  await WirePhone.registered(stack.port, "bob", BOB);
  await expectReminders(stack, clock, [
    [2_700, 0],
    [3_445, 0],
    [3_450, 1],
    [3_599, 1],
    [2 * HOUR, 1],
  ]);
});

test("a phone that has unregistered is never asked to come back (RFC 8599 §5.5)", async () => {
  const clock = stillClock();
  const stack = await localStack({}, clock.read);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  await bob.register({ ...BOB, expires: 0 });
  await fallAsleep(bob, stack);
  await expectReminders(stack, clock, [
    [2_700, 0],
    [3_450, 0],
  ]);
});

test("a call still wakes a phone that has been reminded in vain", async () => {
  const { clock, stack } = await bobAsleep();
  await expectReminders(stack, clock, [
    [2_700, 1],
    [3_450, 2],
  ]);
  clock.set(3_500);
  const alice = await WirePhone.registered(stack.port, "alice");
  alice.invite("bob");
  await alice.response(182);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  bob.answer(await bob.request("INVITE"), 200, "OK");
  await alice.response(200, "INVITE");
});

test("an iPhone with a VoIP token only is not reminded, since it would have to ring, and is called all the same (RFC 8599 §10)", async () => {
  const { clock, stack } = await bobAsleep(ON_IOS);
  await expectReminders(stack, clock, [
    [2_700, 0],
    [2_760, 0],
    [3_450, 0],
  ]);
  const alice = await WirePhone.registered(stack.port, "alice");
  alice.invite("bob");
  await alice.response(182);
  expect(stack.sns.inbox.entries).toMatchObject([{ token: ON_IOS.token }]);
});

test("an iPhone with both tokens is reminded in the background, by the one that need not ring (RFC 8599 §10)", async () => {
  const { clock, stack } = await bobAsleep(WITH_BOTH_TOKENS);
  await expectReminders(stack, clock, [
    [2_700, 1],
    [3_450, 2],
  ]);
  for (const { provider, token, attributes } of reminders(stack)) {
    expect({ provider, token }).toEqual({ provider: "apns", token: appleToken("remote") });
    expect(attributes["AWS.SNS.MOBILE.APNS.PUSH_TYPE"]).toBe("background");
    expect(attributes["AWS.SNS.MOBILE.APNS.TOPIC"]).toBe("com.example.phone");
  }
});

test("what is due outlives the process: the next one reminds (RFC 8599 §5.5)", async () => {
  const clock = stillClock();
  const folder = passingFolder();
  const before = await localStack({ DATA_DIR: folder }, clock.read);
  await fallAsleep(await WirePhone.registered(before.port, "bob", BOB), before);
  await before.close();
  const stack = await localStack({ DATA_DIR: folder }, clock.read);
  await expectReminders(stack, clock, [
    [2_695, 0],
    [2_700, 1],
    [2_760, 2],
  ]);
});

test("a token that its service calls dead takes the sleeping contact with it: no more pushes, and 480 at once", async () => {
  const { clock, stack } = await bobAsleep();
  // SNS learns of a dead token from a push that failed; it knows the token since an earlier one.
  await expectReminders(stack, clock, [[2_700, 1]]);
  stack.sns.endpoints.disableToken("bob-token");
  await expectReminders(stack, clock, [
    [2_760, 1],
    [2_880, 1],
    [3_450, 1],
  ]);
  const bob = await WirePhone.connect(stack.port, "bob");
  expect(await bob.bindings()).toEqual([]);
  const alice = await WirePhone.registered(stack.port, "alice");
  alice.invite("bob");
  expect((await alice.final("INVITE")).status).toBe(480);
});

test("a token that dies while its phone is there takes only the push: the phone is called while it is there", async () => {
  const { clock, stack } = await bobAsleep();
  await expectReminders(stack, clock, [[2_700, 1]]);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  stack.sns.endpoints.disableToken("bob-token");
  await expect.poll(async () => (await stack.counts()).map(({ what }) => what)).toContain("tokens dropped");
  await expectReminders(stack, clock, [[2_700 + 3_450, 1]]);
  const alice = await WirePhone.registered(stack.port, "alice");
  alice.invite("bob");
  bob.answer(await bob.request("INVITE"), 486, "Busy Here");
  expect((await alice.final("INVITE")).status).toBe(486);
  await lose(bob, stack);
  alice.invite("bob");
  expect((await alice.final("INVITE")).status).toBe(480);
});
