import { expect, test } from "vitest";
import { android, browser, expectPushes, hangUp, pickUp } from "../support/calls.ts";
import { heardNothingMore, lose, WirePhone } from "../support/wire-phone.ts";
import { threeEdges } from "./a-fleet.ts";

test("phones on different edges call each other, and nobody else hears of it", async () => {
  const [one, two, three] = await threeEdges();
  const alice = await WirePhone.registered(one.port, "alice", browser("alice"));
  const bob = await WirePhone.registered(two.port, "bob", browser("bob"));
  const carol = await WirePhone.registered(three.port, "carol", browser("carol"));
  for (const [caller, callee] of [
    [alice, bob],
    [bob, carol],
    [carol, alice],
  ] as const) {
    const invite = caller.invite(callee.user);
    const received = await callee.request("INVITE");
    callee.answer(received, 180, "Ringing");
    await caller.response(180);
    const ok = await pickUp(callee, received, caller, invite);
    await hangUp("callee", { caller, invite, ok }, { callee, received });
  }
  await heardNothingMore(alice, bob, carol);
});

test("a MESSAGE and its answer go between edges, octet for octet", async () => {
  const [one, two] = await threeEdges();
  const alice = await WirePhone.registered(one.port, "alice");
  const bob = await WirePhone.registered(two.port, "bob");
  const octets = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code));
  alice.send("MESSAGE", "bob", octets, { binary: true });
  const message = await bob.request("MESSAGE");
  expect(message.body).toBe(octets);
  bob.answer(message, 200, "OK");
  await alice.response(200, "MESSAGE");
});

test("a phone that sleeps is pushed by the caller's edge, and wakes at a third one", async () => {
  const [one, two, three] = await threeEdges();
  const alice = await WirePhone.registered(one.port, "alice", browser("alice"));
  const carol = await WirePhone.registered(two.port, "carol", browser("carol"));
  await lose(await WirePhone.registered(two.port, "bob", android("bob")), two);
  const invite = alice.invite("bob");
  await alice.response(182);
  await expectPushes(one, [["bob-token", "call"]]);
  await expectPushes(two, []);
  const bob = await WirePhone.registered(three.port, "bob", android("bob"));
  const received = await bob.request("INVITE");
  const ok = await pickUp(bob, received, alice, invite);
  await hangUp("caller", { caller: alice, invite, ok }, { callee: bob, received });
  await heardNothingMore(alice, bob, carol);
});

test("a call goes where the phone registered last, though the connection that it had at another edge is still open", async () => {
  const [one, two] = await threeEdges();
  const before = await WirePhone.registered(two.port, "bob", android("bob"));
  const bob = await WirePhone.registered(one.port, "bob", android("bob"));
  const alice = await WirePhone.registered(two.port, "alice");
  const invite = alice.invite("bob");
  await pickUp(bob, await bob.request("INVITE"), alice, invite);
  await heardNothingMore(before);
});

test("an edge that stops in good order leaves its open calls to the others at once", async () => {
  const [one, two] = await threeEdges({ FLEET_LEASE_SECONDS: "6", BUCKET_SECONDS: "3" });
  await lose(await WirePhone.registered(two.port, "bob", android("bob")), two);
  const before = await WirePhone.registered(one.port, "alice", browser("alice"));
  const invite = before.invite("bob");
  await before.response(182);
  await one.close();
  const alice = await WirePhone.registered(two.port, "alice", browser("alice"));
  const answer = await alice.final("INVITE");
  expect([answer.status, answer.one("Call-ID")]).toEqual([480, invite.one("Call-ID")]);
});
