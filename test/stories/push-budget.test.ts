import { expect, test } from "vitest";
import { MAX_WAITING } from "../../functions/location/waiting.ts";
import { android, fails, giveUp, pushesOf, silence } from "../support/calls.ts";
import type { ContactOptions } from "../support/sip-phone.ts";
import { localStack } from "../support/stack.ts";
import { isOf, type WireMessage } from "../support/wire-message.ts";
import { lose, WirePhone } from "../support/wire-phone.ts";

// A scan of INVITEs must not drain batteries, or cost money: wake budgets.

const BOB = android("bob");
const SECOND = 1_000;

/** A clock that a test moves. */
function hands() {
  let now = Date.UTC(2026, 10, 23, 9);
  return { clock: () => now, pass: (ms: number) => (now += ms) };
}

async function asleep(environment: Readonly<Record<string, string>>, device: ContactOptions = BOB) {
  const { clock, pass } = hands();
  const stack = await localStack(environment, clock);
  const alice = await WirePhone.registered(stack.port, "alice");
  const carol = await WirePhone.registered(stack.port, "carol");
  await lose(await WirePhone.registered(stack.port, "bob", device), stack);
  return { stack, alice, carol, pass };
}

const withheld = (budget: "device" | "caller", times: number, kind = "call") => ({
  what: "pushes withheld",
  labels: { kind, budget },
  times,
});

test("30 calls in 3 s to a sleeper: pushes within the budget, all others 480 at once, and counted", async () => {
  const { stack, alice, pass } = await asleep({ DEVICE_PUSHES: "5", PAIR_PUSHES: "0" });
  let refused = 0;
  for (let call = 0; call < 30; call++) {
    const invite = alice.invite("bob");
    const isOfThis = ({ all }: { all(name: string): readonly string[] }) =>
      all("Call-ID")[0] === invite.one("Call-ID");
    const said = await alice.hear(
      "182 or 480",
      (message) => (message.status === 182 || message.status === 480) && isOfThis(message),
    );
    if (said.status === 480) {
      refused++;
      alice.acknowledge(invite, said);
    } else {
      alice.cancel(invite);
      await alice.response(200, "CANCEL");
      alice.acknowledge(invite, await alice.final("INVITE"));
    }
    pass(100);
  }
  expect(pushesOf(stack).filter(({ kind }) => kind === "call")).toHaveLength(5);
  expect(refused).toBe(25);
  expect(await stack.counts()).toContainEqual(withheld("device", 25));
  await silence(alice);
});

test(`while ${MAX_WAITING} calls wait for one user's phone, the next finds nobody (480); one that is given up makes room`, async () => {
  const { stack, alice, carol } = await asleep({ DEVICE_PUSHES: "0", PAIR_PUSHES: "0", CALLER_PUSHES: "0" });
  const waiting: WireMessage[] = [];
  for (let call = 0; call < MAX_WAITING; call++) {
    const invite = alice.invite("bob");
    await alice.hear("182", (message) => message.status === 182 && isOf(message, invite, "INVITE"));
    waiting.push(invite);
  }
  await fails(carol, carol.invite("bob"), 480);
  expect(pushesOf(stack).filter(({ kind }) => kind === "call")).toHaveLength(MAX_WAITING);
  const [first] = waiting;
  if (first !== undefined) await giveUp(alice, first);
  carol.invite("bob");
  await carol.response(182);
});

test("a budget comes back: a share of ten minutes later the phone is woken again", async () => {
  const { stack, alice, pass } = await asleep({ DEVICE_PUSHES: "2" });
  for (let call = 0; call < 2; call++) {
    alice.invite("bob");
    await alice.response(182);
  }
  await fails(alice, alice.invite("bob"), 480);
  pass(301 * SECOND);
  alice.invite("bob");
  await alice.response(182);
  expect(pushesOf(stack).filter(({ kind }) => kind === "call")).toHaveLength(3);
});

test("a phone's budget is its own: one that was called too often does not keep another from being woken", async () => {
  const { stack, alice } = await asleep({ DEVICE_PUSHES: "1" });
  const tablet = android("tablet");
  await lose(await WirePhone.registered(stack.port, "carol", tablet), stack);
  alice.invite("bob");
  await alice.response(182);
  await fails(alice, alice.invite("bob"), 480);
  alice.invite("carol");
  expect((await alice.hear("100 or more", ({ status = 0 }) => status > 100)).status).not.toBe(480);
});

test("one caller wakes so many phones and no more; another caller is not bound by that", async () => {
  const { stack, alice, carol, pass } = await asleep({ CALLER_PUSHES: "3" });
  for (let call = 0; call < 3; call++) {
    alice.invite("bob");
    await alice.response(182);
  }
  await fails(alice, alice.invite("bob"), 480);
  carol.invite("bob");
  await carol.response(182);
  expect(await stack.counts()).toContainEqual(withheld("caller", 1));
  pass(201 * SECOND);
  alice.invite("bob");
  await alice.response(182);
});

test("one caller cannot spend what a phone has for all: others still wake it", async () => {
  const { stack, alice, carol } = await asleep({ DEVICE_PUSHES: "5", PAIR_PUSHES: "3" });
  for (let call = 0; call < 3; call++) {
    alice.invite("bob");
    await alice.response(182);
  }
  for (let call = 0; call < 10; call++) await fails(alice, alice.invite("bob"), 480);
  for (let call = 0; call < 2; call++) {
    carol.invite("bob");
    await carol.response(182);
  }
  await fails(carol, carol.invite("bob"), 480);
  expect(await stack.counts()).toContainEqual(withheld("caller", 10));
  expect(await stack.counts()).toContainEqual(withheld("device", 1));
});

test("a phone that comes by itself is called, whatever has been spent", async () => {
  const { stack, alice } = await asleep({ DEVICE_PUSHES: "1" });
  alice.invite("bob");
  await alice.response(182);
  await fails(alice, alice.invite("bob"), 480);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  await bob.request("INVITE");
  alice.invite("bob");
  await bob.request("INVITE");
});

test("MESSAGEs beyond the budget are kept, without a push, and come when the phone does", async () => {
  const { stack, alice } = await asleep({ DEVICE_PUSHES: "2" });
  for (let number = 0; number < 5; number++) {
    alice.send("MESSAGE", "bob", `text ${number}`);
    expect((await alice.final("MESSAGE")).status).toBe(202);
  }
  await expect.poll(() => stack.counts()).toContainEqual(withheld("device", 3, "message"));
  expect(pushesOf(stack).map(({ kind }) => kind)).toEqual(["message", "message"]);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  for (let number = 0; number < 5; number++) {
    const received = await bob.request("MESSAGE");
    expect(received.body).toBe(`text ${number}`);
    bob.answer(received, 200, "OK");
  }
});

test("without limits (0) every call wakes", async () => {
  const { stack, alice } = await asleep({ DEVICE_PUSHES: "0", CALLER_PUSHES: "0", PAIR_PUSHES: "0" });
  for (let call = 0; call < 25; call++) {
    alice.invite("bob");
    await alice.response(182);
  }
  expect(pushesOf(stack)).toHaveLength(25);
});

test("the same INVITE four times: one push, and one of the budget", async () => {
  const { stack, alice } = await asleep({ DEVICE_PUSHES: "2" });
  const invite = alice.invite("bob");
  for (let time = 0; time < 3; time++) alice.say(invite.text);
  await alice.response(182);
  await silence(alice);
  expect(pushesOf(stack)).toHaveLength(1);
  alice.invite("bob");
  await alice.response(182);
});

test("what is spent stays spent when the phone registers anew", async () => {
  const { stack, alice } = await asleep({ DEVICE_PUSHES: "1", BUCKET_SECONDS: "300" });
  alice.invite("bob");
  await alice.response(182);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  await bob.request("INVITE");
  await lose(bob, stack);
  await fails(alice, alice.invite("bob"), 480);
});
