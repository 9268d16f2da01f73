import { expect, test } from "vitest";
import { android, fails, iphone, pickUp, pushesOf, silence } from "../support/calls.ts";
import { localStack } from "../support/stack.ts";
import { lose, WirePhone } from "../support/wire-phone.ts";

// An app that was uninstalled leaves a token behind. The push service takes one more push, and says some time later that nobody
// is there: nobody waits for that phone then, and nobody pushes it again (race o).

/** What would be waited for if nobody said that the token is dead: longer than any test waits. */
const FOR_EVER = { BUCKET_SECONDS: "300" };

test.each([
  ["an Android phone", android("bob")],
  ["an iPhone", iphone("bob")],
])(
  "a call to %s whose token is dead: 480 as soon as its service says so, and the next call sends no push",
  async (_, device) => {
    const stack = await localStack(FOR_EVER);
    const alice = await WirePhone.registered(stack.port, "alice");
    await lose(await WirePhone.registered(stack.port, "bob", device), stack);
    stack.sns.kill(device.token);
    const invite = alice.invite("bob");
    await alice.response(182);
    await fails(alice, invite, 480);
    await fails(alice, alice.invite("bob"), 480);
    expect(stack.sns.actions.filter((action) => action === "Publish")).toHaveLength(1);
    expect(await stack.counts()).toContainEqual({
      what: "tokens dropped",
      labels: { why: "dead" },
      times: 1,
    });
    await silence(alice);
  },
);

test("all calls that wait for a phone end when its token turns out dead, not only the one that was pushed last", async () => {
  const stack = await localStack(FOR_EVER);
  const alice = await WirePhone.registered(stack.port, "alice");
  const BOB = android("bob");
  await lose(await WirePhone.registered(stack.port, "bob", BOB), stack);
  const first = alice.invite("bob");
  await alice.response(182);
  stack.sns.kill(BOB.token);
  const second = alice.invite("bob");
  await fails(alice, first, 480);
  await fails(alice, second, 480);
});

test("of two sleeping devices one has a dead token: the call goes on waiting for the other", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  const [BOB, TABLET] = [android("bob"), android("tablet")];
  for (const device of [BOB, TABLET])
    await lose(await WirePhone.registered(stack.port, "bob", device), stack);
  stack.sns.kill(BOB.token);
  const invite = alice.invite("bob");
  await expect.poll(async () => (await stack.counts()).map(({ what }) => what)).toContain("tokens dropped");
  const tablet = await WirePhone.registered(stack.port, "bob", TABLET);
  await pickUp(tablet, await tablet.request("INVITE"), alice, invite);
});

test("a new token that was registered meanwhile survives: what was called dead is the former one (race o)", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  const OLD = android("bob");
  const NEW = { ...OLD, token: "bob-new-token" };
  await lose(await WirePhone.registered(stack.port, "bob", OLD), stack);
  // The feedback is held up until the phone has come with its new token.
  stack.sns.faults.delay("GetEndpointAttributes", 300, 2);
  stack.sns.kill(OLD.token);
  const invite = alice.invite("bob");
  await alice.response(182);
  const bob = await WirePhone.registered(stack.port, "bob", NEW);
  await pickUp(bob, await bob.request("INVITE"), alice, invite);
  await lose(bob, stack);
  await expect
    .poll(() => stack.sns.actions.filter((action) => action === "GetEndpointAttributes").length)
    .toBeGreaterThan(0);
  const again = alice.invite("bob");
  await alice.response(182);
  expect(pushesOf(stack).map(({ token }) => token)).toContain(NEW.token);
  const woken = await WirePhone.registered(stack.port, "bob", NEW);
  await pickUp(woken, await woken.request("INVITE"), alice, again);
});

test("a phone that is online stays so without its token, and is told that it will not be pushed (RFC 8599 §5.6.1.2)", async () => {
  const stack = await localStack({ HEDGE_MS: "50" });
  const alice = await WirePhone.registered(stack.port, "alice");
  const BOB = android("bob");
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  const callId = "bobs-registration";
  expect((await bob.register(BOB, { callId })).all("Feature-Caps").join()).toContain("fcm");
  stack.sns.kill(BOB.token);
  // It is silent, and so it is pushed as well.
  const invite = alice.invite("bob");
  const received = await bob.request("INVITE");
  await expect.poll(async () => (await stack.counts()).map(({ what }) => what)).toContain("tokens dropped");
  bob.answer(received, 180, "Ringing");
  await pickUp(bob, received, alice, invite);
  const refreshed = await bob.register(BOB, { callId });
  expect(refreshed.status).toBe(200);
  expect(refreshed.all("Feature-Caps")).toEqual([]);
  // The app is started anew, and has been told that this is its token: that is tried again.
  expect((await bob.register(BOB)).all("Feature-Caps").join()).toContain("fcm");
});

test("an app that was uninstalled and installed anew with the same token rings again", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  const BOB = android("bob");
  await lose(await WirePhone.registered(stack.port, "bob", BOB), stack);
  stack.sns.endpoints.disableToken(BOB.token);
  alice.invite("bob");
  await alice.response(182);
  stack.sns.endpoints.disableToken(BOB.token);
  await fails(alice, alice.invite("bob"), 480);
  await lose(await WirePhone.registered(stack.port, "bob", BOB), stack);
  const invite = alice.invite("bob");
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  await pickUp(bob, await bob.request("INVITE"), alice, invite);
  expect(stack.sns.actions).toContain("SetEndpointAttributes");
});
