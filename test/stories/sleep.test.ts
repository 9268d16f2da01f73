import { once } from "node:events";
import { expect, test } from "vitest";
import type { InboxEntry } from "../../infra/local/sns/inbox.ts";
import { localStack, passingFolder, type TestStack } from "../support/stack.ts";
import { WirePhone } from "../support/wire-phone.ts";

const BOB = { instance: "7a1f6b1e-0000-4000-8000-00000000b0b0", token: "bob-token" };
const BOB_ON_IOS = { ...BOB, token: "b0b0", provider: "apns", param: "TEAM123456.com.example.phone.voip" };

/** The next push; those that were published before do not count. */
function nextPush({ sns }: TestStack): Promise<InboxEntry> {
  return new Promise((resolve) => {
    const stop = sns.inbox.listen((entry) => {
      stop();
      resolve(entry);
    });
  });
}

/** Resolves when the server has dealt with the end of all connections but so many. */
async function connectionsDownTo(count: number, { edge }: TestStack): Promise<void> {
  await expect.poll(() => edge.connections, { interval: 5 }).toBe(count);
}

/** Alice is there; Bob was, and his network went away under him. */
async function bobAsleep(device = BOB): Promise<{ stack: TestStack; alice: WirePhone }> {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  const bob = await WirePhone.registered(stack.port, "bob", device);
  await bob.vanish();
  await connectionsDownTo(1, stack);
  return { stack, alice };
}

test("a socket that dies without a closing handshake leaves a phone asleep: a call pushes it, it wakes, rings once and answers", async () => {
  const { stack, alice } = await bobAsleep();
  const pushed = nextPush(stack);
  const invite = alice.invite("bob");
  await alice.response(100);
  expect(await pushed).toMatchObject({ provider: "fcm", app: "app", token: "bob-token" });
  const queued = await alice.response(182);
  // SIP.js drops a provisional response without them.
  expect(queued.one("To")).toContain(";tag=");
  expect(queued.one("Contact")).toContain("sip:bob@localhost");
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  const received = await bob.request("INVITE");
  bob.answer(received, 180, "Ringing");
  await alice.response(180);
  bob.answer(received, 200, "OK");
  alice.acknowledge(invite, await alice.response(200, "INVITE"));
  await bob.request("ACK");
  await bob.caughtUp();
  expect(bob.unasked).toEqual([]);
  expect(stack.sns.inbox.entries).toHaveLength(1);
});

test("the phone's own 200 to its REGISTER comes before the call that waited for it (RFC 8599 §5.6.2)", async () => {
  const { stack, alice } = await bobAsleep();
  alice.invite("bob");
  await alice.response(182);
  const bob = await WirePhone.connect(stack.port, "bob");
  const order: string[] = [];
  bob.socket.on("message", (data: Buffer) => order.push(data.toString().split("\r\n", 1)[0] ?? ""));
  await bob.register(BOB);
  await bob.request("INVITE");
  expect(order.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
    "SIP/2.0 401",
    "SIP/2.0 200",
    "INVITE sip:bob@bob.invalid;transport=ws",
  ]);
});

test("a phone that registers anew without proof releases nothing", async () => {
  const { stack, alice } = await bobAsleep();
  alice.invite("bob");
  await alice.response(182);
  const thief = await WirePhone.connect(stack.port, "bob");
  expect((await thief.register(BOB, { password: "guess" })).status).toBe(401);
  await thief.caughtUp();
  expect(thief.unasked).toEqual([]);
});

test("a refresh while the call waits for another device wakes nothing there", async () => {
  const { stack, alice } = await bobAsleep();
  alice.invite("bob");
  await alice.response(182);
  const tablet = await WirePhone.registered(stack.port, "bob", { instance: crypto.randomUUID() });
  await tablet.caughtUp();
  expect(tablet.unasked).toEqual([]);
});

test("several calls wait for one phone, and each is delivered once", async () => {
  const { stack, alice } = await bobAsleep();
  const carol = await WirePhone.registered(stack.port, "carol");
  const calls = [alice.invite("bob"), carol.invite("bob"), alice.invite("bob")];
  await Promise.all([alice.response(182), carol.response(182), alice.response(182)]);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  const received = [await bob.request("INVITE"), await bob.request("INVITE"), await bob.request("INVITE")];
  const ids = (messages: readonly { one(name: string): string }[]) =>
    messages.map((message) => message.one("Call-ID")).sort();
  expect(ids(received)).toEqual(ids(calls));
  await bob.caughtUp();
  expect(bob.unasked).toEqual([]);
});

test("one device rings while the other is woken, and rings too", async () => {
  const { stack, alice } = await bobAsleep();
  const tablet = await WirePhone.registered(stack.port, "bob", { instance: crypto.randomUUID() });
  alice.invite("bob");
  tablet.answer(await tablet.request("INVITE"), 180, "Ringing");
  await alice.response(180);
  await expect
    .poll(() => stack.sns.inbox.entries.map(({ token }) => token), { interval: 5 })
    .toEqual(["bob-token"]);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  bob.answer(await bob.request("INVITE"), 200, "OK");
  await alice.response(200, "INVITE");
  expect((await tablet.request("CANCEL")).one("Reason")).toContain("cause=200");
});

test("a phone that cannot be pushed and lost its socket is not reachable: 480", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  await (await WirePhone.registered(stack.port, "bob")).vanish();
  await connectionsDownTo(1, stack);
  alice.invite("bob");
  expect((await alice.final("INVITE")).status).toBe(480);
});

test("a caller who gives up while the phone wakes gets 487 at once, and an Android phone that comes late hears nothing", async () => {
  const { stack, alice } = await bobAsleep();
  const invite = alice.invite("bob");
  await alice.response(182);
  alice.cancel(invite);
  await alice.response(200, "CANCEL");
  const terminated = await alice.final("INVITE");
  expect(terminated.status).toBe(487);
  alice.acknowledge(invite, terminated);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  await bob.caughtUp();
  expect(bob.unasked).toEqual([]);
});

test("an iPhone that got a VoIP push and comes late gets INVITE and CANCEL, so that it can show the call it was woken for", async () => {
  const { stack, alice } = await bobAsleep(BOB_ON_IOS);
  const pushed = nextPush(stack);
  const invite = alice.invite("bob");
  await alice.response(182);
  expect(await pushed).toMatchObject({ provider: "apns", token: "b0b0" });
  alice.cancel(invite);
  expect((await alice.final("INVITE")).status).toBe(487);
  const bob = await WirePhone.registered(stack.port, "bob", BOB_ON_IOS);
  const received = await bob.request("INVITE");
  bob.answer(received, 180, "Ringing");
  const cancel = await bob.request("CANCEL");
  expect(cancel.one("Reason")).toContain("cause=487");
  bob.answer(cancel, 200, "OK");
  bob.answer(received, 487, "Request Terminated");
  await bob.request("ACK");
});

test("a token that its provider calls dead: 480 at once, and the next call sends no push", async () => {
  const { stack, alice } = await bobAsleep();
  // SNS learns of a dead token from a push that failed; it knows the token since an earlier call.
  const first = alice.invite("bob");
  await alice.response(182);
  alice.cancel(first);
  await alice.final("INVITE");
  stack.sns.endpoints.disableToken("bob-token");
  for (const _call of ["refused", "not even tried"]) {
    alice.invite("bob");
    expect((await alice.final("INVITE")).status).toBe(480);
  }
  expect(stack.sns.inbox.entries).toHaveLength(1);
});

test("a push that SNS refuses ends the call with 480 at once", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  // Apple's tokens have at most 400 characters: SNS says so to the real SDK.
  const bob = await WirePhone.registered(stack.port, "bob", { ...BOB_ON_IOS, token: "a".repeat(401) });
  await bob.vanish();
  await connectionsDownTo(1, stack);
  alice.invite("bob");
  expect((await alice.final("INVITE")).status).toBe(480);
  expect(stack.sns.inbox.entries).toEqual([]);
});

test("nobody comes within the bucket time: 480 (RFC 8599 §5.2)", async () => {
  const stack = await localStack({ BUCKET_SECONDS: "3" });
  const alice = await WirePhone.registered(stack.port, "alice");
  await (await WirePhone.registered(stack.port, "bob", BOB)).vanish();
  await connectionsDownTo(1, stack);
  alice.invite("bob");
  await alice.response(182);
  expect((await alice.final("INVITE")).status).toBe(480);
  // Too late for this call; it is not delivered.
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  await bob.caughtUp();
  expect(bob.unasked).toEqual([]);
});

test("the server restarts between sleep and call: the sleeping phone is still known, and woken", async () => {
  const folder = passingFolder();
  const before = await localStack({ DATA_DIR: folder });
  const bob = await WirePhone.registered(before.port, "bob", BOB);
  await bob.vanish();
  await connectionsDownTo(0, before);
  await before.close();
  const stack = await localStack({ DATA_DIR: folder });
  const alice = await WirePhone.registered(stack.port, "alice");
  const pushed = nextPush(stack);
  alice.invite("bob");
  expect((await pushed).token).toBe("bob-token");
  const woken = await WirePhone.registered(stack.port, "bob", BOB);
  woken.answer(await woken.request("INVITE"), 200, "OK");
  await alice.response(200, "INVITE");
});

test("a restart puts phones that were online to sleep: their sockets are gone, their registrations are not", async () => {
  const folder = passingFolder();
  const before = await localStack({ DATA_DIR: folder });
  const bob = await WirePhone.registered(before.port, "bob", BOB);
  const closed = once(bob.socket, "close");
  await before.close();
  await closed;
  const stack = await localStack({ DATA_DIR: folder });
  const alice = await WirePhone.registered(stack.port, "alice");
  alice.invite("bob");
  await alice.response(182);
  expect(stack.sns.inbox.entries).toHaveLength(1);
});

test("an old socket that ends after the phone has registered over a new one takes nothing with it", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  const old = await WirePhone.registered(stack.port, "bob", BOB);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  await old.vanish();
  await connectionsDownTo(2, stack);
  alice.invite("bob");
  bob.answer(await bob.request("INVITE"), 200, "OK");
  await alice.response(200, "INVITE");
  expect(stack.sns.inbox.entries).toEqual([]);
});

test("a phone whose network changes while it rings answers over the new one, and the call stands", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  const onWifi = await WirePhone.registered(stack.port, "bob", BOB);
  const invite = alice.invite("bob");
  const received = await onWifi.request("INVITE");
  onWifi.answer(received, 180, "Ringing");
  await alice.response(180);
  const onLte = await WirePhone.registered(stack.port, "bob", BOB);
  await onWifi.vanish();
  onLte.answer(received, 200, "OK");
  alice.acknowledge(invite, await alice.response(200, "INVITE"));
  await onLte.request("ACK");
});

test("a phone that unregisters is gone, not asleep: 480 and no push (RFC 3261 §10.2.2)", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  expect((await bob.register({ ...BOB, expires: 0 })).all("Contact")).toEqual([]);
  await bob.vanish();
  alice.invite("bob");
  expect((await alice.final("INVITE")).status).toBe(480);
  expect(stack.sns.inbox.entries).toEqual([]);
});
