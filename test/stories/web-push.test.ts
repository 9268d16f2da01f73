import { expect, test } from "vitest";
import { hangUp, pickUp, silence } from "../support/calls.ts";
import { type Browser, type PushService, startPushService, vapidOf } from "../support/push-service.ts";
import { localStack, passingFolder, type TestStack } from "../support/stack.ts";
import { lose, WirePhone } from "../support/wire-phone.ts";

// A phone in a browser: it sleeps whenever its tab is closed, and is woken by a web push (RFC 8599 §12).

/** How long a phone that can be pushed registers for, in seconds. */
const EXPIRES = 604_800;

function contactOf(user: string, params: string): string {
  return `Contact: <sip:${user}@tab.invalid;transport=ws>${params};expires=${EXPIRES}\r\n`;
}

/** Bob's tab, open and registered. */
async function openTab({ port }: TestStack, browser: Browser): Promise<WirePhone> {
  const bob = await WirePhone.connect(port, "bob");
  const answer = await bob.register({}, { contacts: contactOf("bob", browser.params) });
  expect(answer.status).toBe(200);
  return bob;
}

/** Alice is there, Bob's tab was and is closed. */
async function tabClosed(environment: Readonly<Record<string, string>> = {}): Promise<{
  stack: TestStack;
  alice: WirePhone;
  service: PushService;
  browser: Browser;
}> {
  const service = await startPushService();
  const stack = await localStack(
    { WEB_PUSH_HOSTS: service.host, ...environment },
    Date.now,
    undefined,
    service.dispatcher,
  );
  const alice = await WirePhone.registered(stack.port, "alice");
  const browser = service.subscribe();
  await lose(await openTab(stack, browser), stack);
  return { stack, alice, service, browser };
}

/** Answers once so many pushes have come, with what each tells the browser. */
async function pushed({ posted }: PushService, browser: Browser, count: number): Promise<readonly unknown[]> {
  await expect.poll(() => posted.length, { interval: 5, timeout: 20_000 }).toBe(count);
  return posted.map((post) => browser.read(post));
}

test("a browser learns the key to subscribe with, registers its subscription, and its closed tab is called (RFC 8599 §4.1, §8.3)", async () => {
  const service = await startPushService();
  const stack = await localStack({ WEB_PUSH_HOSTS: service.host }, Date.now, undefined, service.dispatcher);
  const alice = await WirePhone.registered(stack.port, "alice");
  const bob = await WirePhone.connect(stack.port, "bob");
  const told = await bob.register({}, { contacts: contactOf("bob", ";pn-provider=webpush") });
  const [, key] = /^\*;\+sip\.pns="webpush";\+sip\.vapid="([^"]*)"$/.exec(told.one("Feature-Caps")) ?? [];
  const browser = service.subscribe();
  const answer = await bob.register({}, { contacts: contactOf("bob", browser.params) });
  expect(answer.one("Feature-Caps")).toContain(`+sip.pns="webpush";+sip.vapid="${key}";+sip.pnspurr=`);
  expect(answer.one("Contact")).toContain(`expires=${EXPIRES}`);
  await lose(bob, stack);

  const invite = alice.invite("bob");
  const [call] = await pushed(service, browser, 1);
  expect(call).toMatchObject({
    kind: "call",
    callId: invite.one("Call-ID"),
    fromUri: "sip:alice@localhost",
    name: "alice",
    to: "sip:bob@localhost",
  });
  const [post] = service.posted;
  // It was this key that the browser subscribed with (RFC 8292 §4).
  expect(post && (await vapidOf(post)).key).toBe(key);
  await alice.response(182);

  const opened = await openTab(stack, browser);
  const received = await opened.request("INVITE");
  expect(received.text).not.toContain("pn-");
  const ok = await pickUp(opened, received, alice, invite);
  // What the caller sees of the browser has neither its subscription nor its keys.
  expect(ok.text).not.toMatch(/pn-|https/);
  await hangUp("caller", { caller: alice, invite, ok }, { callee: opened, received });
  await silence(alice, opened);
  expect(service.posted).toHaveLength(1);
});

test("a caller who gives up takes the call's notification away", async () => {
  const { alice, service, browser } = await tabClosed();
  const invite = alice.invite("bob");
  const [call] = await pushed(service, browser, 1);
  await alice.response(182);
  alice.cancel(invite);
  const [, cancel] = await pushed(service, browser, 2);
  const { uuid } = call as { readonly uuid: string };
  expect(cancel).toMatchObject({ kind: "cancel", callId: invite.one("Call-ID"), uuid, reason: "cancelled" });
  // What the push service still held for the browser is replaced (RFC 8030 §5.4).
  expect(service.posted[1]?.headers["topic"]).toBe(service.posted[0]?.headers["topic"]);
});

test.each([404, 410])(
  "a subscription that has ended (%i) fails the call at once, and is pushed no more: 480",
  async (status) => {
    const { alice, service } = await tabClosed();
    service.answers.push({ status });
    alice.invite("bob");
    expect((await alice.final("INVITE")).status).toBe(480);
    alice.invite("bob");
    expect((await alice.final("INVITE")).status).toBe(480);
    expect(service.posted).toHaveLength(1);
  },
);

test("a push service that refuses this push fails the call at once, and the next call is pushed again", async () => {
  const { alice, service } = await tabClosed();
  service.answers.push({ status: 413 });
  alice.invite("bob");
  expect((await alice.final("INVITE")).status).toBe(480);
  alice.invite("bob");
  await alice.response(182);
  expect(service.posted).toHaveLength(2);
});

test("a subscription at any other host is refused when it registers, and nothing is asked of that host", async () => {
  const elsewhere = await startPushService();
  const stack = await localStack(
    { WEB_PUSH_HOSTS: "push.example" },
    Date.now,
    undefined,
    elsewhere.dispatcher,
  );
  const bob = await WirePhone.connect(stack.port, "bob");
  const { params } = elsewhere.subscribe();
  const answer = await bob.register({}, { contacts: contactOf("bob", params) });
  expect(answer.startLine).toBe("SIP/2.0 403 Push Service Not Allowed");
  expect(await bob.bindings()).toEqual([]);
  expect(elsewhere.posted).toEqual([]);
});

test("a host that has been taken off the list is pushed no more, whoever has registered before", async () => {
  const DATA_DIR = passingFolder();
  const { stack, service } = await tabClosed({ DATA_DIR });
  await stack.close();
  const again = await startPushService();
  const { port } = await localStack(
    { DATA_DIR, WEB_PUSH_HOSTS: again.host },
    Date.now,
    undefined,
    again.dispatcher,
  );
  const alice = await WirePhone.registered(port, "alice");
  alice.invite("bob");
  expect((await alice.final("INVITE")).status).toBe(480);
  expect(service.posted).toEqual([]);
});

test("the key that browsers subscribed with is the same after a restart", async () => {
  const keys = [];
  const DATA_DIR = passingFolder();
  for (const _ of [1, 2]) {
    const stack = await localStack({ DATA_DIR });
    const bob = await WirePhone.connect(stack.port, "bob");
    const told = await bob.register({}, { contacts: contactOf("bob", ";pn-provider=webpush") });
    keys.push(told.one("Feature-Caps"));
    await stack.close();
  }
  expect(keys[0]).toMatch(/\+sip\.vapid="[\w-]{87}"/);
  expect(keys[1]).toBe(keys[0]);
});
