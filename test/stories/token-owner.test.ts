import { expect, test } from "vitest";
import { android, expectPushes, fails, pickUp, pushesOf, silence } from "../support/calls.ts";
import { localStack } from "../support/stack.ts";
import { lose, WirePhone } from "../support/wire-phone.ts";

// A device token belongs to whoever registered it last: on a phone that was handed on, the former user's calls do not ring.

const PHONE = android("phone");
const PAIR = {
  ...PHONE,
  provider: "apns",
  param: "TEAM123456.com.example.phone.voip&remote",
  token: "aa11:voip&bb22:remote",
};

test.each([
  ["one token", PHONE],
  ["a pair of tokens", PAIR],
])(
  "%s that another user registers is his alone: the former one sleeps no more, and is not called there",
  async (_, device) => {
    const stack = await localStack();
    const alice = await WirePhone.registered(stack.port, "alice");
    await lose(await WirePhone.registered(stack.port, "bob", device), stack);
    const carol = await WirePhone.registered(stack.port, "carol", device);
    await fails(alice, alice.invite("bob"), 480);
    expect(pushesOf(stack)).toEqual([]);
    await lose(carol, stack);
    const invite = alice.invite("carol");
    await alice.response(182);
    const awake = await WirePhone.registered(stack.port, "carol", device);
    await pickUp(awake, await awake.request("INVITE"), alice, invite);
    expect(await stack.counts()).toContainEqual({
      what: "tokens dropped",
      labels: { why: "moved" },
      times: 1,
    });
    expect(pushesOf(stack)).toHaveLength(1);
  },
);

test("a call that waits for the former user ends at once when the phone is another's", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  await lose(await WirePhone.registered(stack.port, "bob", PHONE), stack);
  const invite = alice.invite("bob");
  await alice.response(182);
  const carol = await WirePhone.registered(stack.port, "carol", PHONE);
  await fails(alice, invite, 480);
  await silence(alice, carol);
});

test("a former user who is online keeps his connection, and gets the phone back when he registers again", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  const bob = await WirePhone.registered(stack.port, "bob", PHONE);
  const carol = await WirePhone.registered(stack.port, "carol", PHONE);
  const online = alice.invite("bob");
  await pickUp(bob, await bob.request("INVITE"), alice, online);
  expect((await bob.register(PHONE)).status).toBe(200);
  await lose(bob, stack);
  await lose(carol, stack);
  await fails(alice, alice.invite("carol"), 480);
  alice.invite("bob");
  await alice.response(182);
  await expectPushes(stack, [["phone-token", "call"]]);
});

test("a refresh does not claim anything: it costs no more than it did", async () => {
  const stack = await localStack();
  const bob = await WirePhone.registered(stack.port, "bob", PHONE);
  for (let time = 0; time < 3; time++) expect((await bob.register(PHONE)).status).toBe(200);
  expect((await stack.counts()).map(({ what }) => what)).not.toContain("tokens dropped");
});

test("with SHARE_TOKENS several users of one phone are all woken by its token", async () => {
  const stack = await localStack({ SHARE_TOKENS: "on" });
  const alice = await WirePhone.registered(stack.port, "alice");
  await lose(await WirePhone.registered(stack.port, "bob", PHONE), stack);
  await lose(await WirePhone.registered(stack.port, "carol", PHONE), stack);
  for (const user of ["bob", "carol"]) {
    alice.invite(user);
    await alice.response(182);
  }
  await expectPushes(stack, [
    ["phone-token", "call"],
    ["phone-token", "call"],
  ]);
});
