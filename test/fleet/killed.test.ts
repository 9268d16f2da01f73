import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { android, browser, fails, pickUp } from "../support/calls.ts";
import { portOf, startProcess } from "../support/stack-process.ts";
import { heardNothingMore, WirePhone } from "../support/wire-phone.ts";
import { aTable, edgeEnvironment } from "./a-fleet.ts";

// Edges as processes, one of which is killed: nothing of what it knew by itself is left.

interface EdgeProcess {
  readonly child: ChildProcess;
  readonly port: number;
}

/** Leases are short: others take an edge for dead eight seconds after it has last said that it lives. */
const ENVIRONMENT = { FLEET_LEASE_SECONDS: "6", BUCKET_SECONDS: "4" };

async function edgeAt(url: string): Promise<EdgeProcess> {
  const child = startProcess({ ...edgeEnvironment(url), ...ENVIRONMENT });
  return { child, port: await portOf(child) };
}

async function threeProcesses(): Promise<readonly [EdgeProcess, EdgeProcess, EdgeProcess]> {
  const { url } = await aTable();
  return Promise.all([edgeAt(url), edgeAt(url), edgeAt(url)]);
}

/** Kills an edge, and answers when the phones that it held know. */
async function kill({ child }: EdgeProcess, ...phones: readonly WirePhone[]): Promise<void> {
  const closed = phones.map((phone) => once(phone.socket, "close"));
  child.kill("SIGKILL");
  await Promise.all(closed);
}

test("an edge is killed in the middle of a call: the call goes on as soon as its phone has registered elsewhere", async () => {
  const [one, two, three] = await threeProcesses();
  const alice = await WirePhone.registered(one.port, "alice", browser("alice"));
  const carol = await WirePhone.registered(three.port, "carol", browser("carol"));
  const before = await WirePhone.registered(two.port, "bob", android("bob"));
  const invite = alice.invite("bob");
  const received = await before.request("INVITE");
  const ok = await pickUp(before, received, alice, invite);
  await kill(two, before);
  // The dead edge's lease is still good: it is not needed for this.
  const bob = await WirePhone.registered(three.port, "bob", android("bob"));
  alice.withinCalled("INFO", invite, ok);
  bob.answer(await bob.request("INFO"), 200, "OK");
  await alice.response(200, "INFO");
  bob.withinAnswered("BYE", received);
  alice.answer(await alice.request("BYE"), 200, "OK");
  await bob.response(200, "BYE");
  await heardNothingMore(alice, bob, carol);
});

test("an edge is killed while its phone rings: the phone that answers is heard by a caller who has registered elsewhere", async () => {
  const [one, two, three] = await threeProcesses();
  const before = await WirePhone.registered(one.port, "alice", browser("alice"));
  const bob = await WirePhone.registered(two.port, "bob", browser("bob"));
  const invite = before.invite("bob");
  const received = await bob.request("INVITE");
  bob.answer(received, 180, "Ringing");
  await before.response(180);
  await kill(one, before);
  const alice = await WirePhone.registered(three.port, "alice", browser("alice"));
  await pickUp(bob, received, alice, invite);
  await heardNothingMore(alice, bob);
});

test("the phones of a killed edge are pushed, while its lease is good and when it is over", async () => {
  const [one, two, three] = await threeProcesses();
  const alice = await WirePhone.registered(one.port, "alice", browser("alice"));
  const before = await WirePhone.registered(two.port, "bob", android("bob"));
  const carolBefore = await WirePhone.registered(two.port, "carol", android("carol"));
  await kill(two, before, carolBefore);
  // Nobody may call the phone gone yet: it is silent, and is pushed for that.
  const invite = alice.invite("bob");
  await alice.response(182);
  const bob = await WirePhone.registered(three.port, "bob", android("bob"));
  await pickUp(bob, await bob.request("INVITE"), alice, invite);
  // Nobody comes to this one, and so long it takes at least until the lease is over.
  for (let calls = 0; calls < 2; calls++) {
    const vain = alice.invite("carol");
    await alice.response(182);
    await fails(alice, vain, 480);
  }
  const last = alice.invite("carol");
  await alice.response(182);
  const carol = await WirePhone.registered(three.port, "carol", android("carol"));
  await pickUp(carol, await carol.request("INVITE"), alice, last);
  await heardNothingMore(alice, bob, carol);
});

test("an edge is killed while a phone is woken: the call is finished by another edge, and so is one to a phone that comes", async () => {
  const [one, two, three] = await threeProcesses();
  for (const user of ["bob", "carol"])
    await (await WirePhone.registered(two.port, user, android(user))).vanish();
  const before = await WirePhone.registered(one.port, "alice", browser("alice"));
  const toBob = before.invite("bob");
  const toCarol = before.invite("carol");
  await Promise.all([before.response(182), before.response(182)]);
  await kill(one, before);
  const alice = await WirePhone.registered(three.port, "alice", browser("alice"));
  const bob = await WirePhone.registered(two.port, "bob", android("bob"));
  await pickUp(bob, await bob.request("INVITE"), alice, toBob);
  const { text } = await fails(alice, toCarol, 480);
  await heardNothingMore(bob);
  await alice.caughtUp();
  // Both edges that are left look after the call, and both may tell its end: one response, which a client takes once (§17.1.1.2).
  const more = alice.unasked.filter((message) => message.status !== 100 && message.text !== text);
  expect(more.map((message) => message.text)).toEqual([]);
});

test("all edges are killed: who starts next finishes what they left", async () => {
  const { url } = await aTable();
  const [one, two] = await Promise.all([edgeAt(url), edgeAt(url)]);
  await (await WirePhone.registered(two.port, "bob", android("bob"))).vanish();
  const before = await WirePhone.registered(one.port, "alice", browser("alice"));
  const invite = before.invite("bob");
  await before.response(182);
  await Promise.all([kill(one, before), kill(two)]);
  const { port } = await edgeAt(url);
  const alice = await WirePhone.registered(port, "alice", browser("alice"));
  await fails(alice, invite, 480);
  expect(alice.unasked).toEqual([]);
});
