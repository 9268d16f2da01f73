import { once } from "node:events";
import { expect, test } from "vitest";
import { localStack } from "../support/stack.ts";
import { token } from "../support/token.ts";
import { heardNothingMore, lose, WirePhone } from "../support/wire-phone.ts";

/** Alice, and Bob's one device by two flows over two sockets, the second registered last. */
async function bobByTwoFlows(more: { readonly token?: string } = {}) {
  // Whatever the machine's speed, one flow registered before the other.
  let now = Date.now();
  const stack = await localStack({}, () => ++now);
  const device = { instance: crypto.randomUUID(), ...more };
  const alice = await WirePhone.registered(stack.port, "alice");
  const first = await WirePhone.registered(stack.port, "bob", { ...device, regId: 1 });
  const second = await WirePhone.registered(stack.port, "bob", { ...device, regId: 2 });
  return { stack, device, alice, first, second };
}

test("a client that knows outbound may count on its flow, and hears how often to prove it (RFC 5626 §6, §5.4)", async () => {
  const { port } = await localStack();
  const bob = await WirePhone.connect(port, "bob");
  const answer = await bob.register({ instance: crypto.randomUUID() });
  expect(answer.all("Require")).toEqual(["outbound"]);
  expect(answer.all("Flow-Timer")).toEqual(["300"]);
  const pong = once(bob.socket, "message");
  bob.say("\r\n\r\n");
  expect(String((await pong)[0])).toBe("\r\n");
});

test("a client without a reg-id has no flow to count on, and nothing is required of it (RFC 5626 §6)", async () => {
  const { port } = await localStack();
  const bob = await WirePhone.connect(port, "bob");
  const answer = await bob.register();
  expect(answer.status).toBe(200);
  expect(answer.all("Require")).toEqual([]);
  expect(answer.all("Flow-Timer")).toEqual([]);
});

test("a call rings a device with two flows once, over the one that registered last (RFC 5626 §7)", async () => {
  const { alice, first, second } = await bobByTwoFlows();
  expect(await first.bindings()).toHaveLength(2);
  const invite = alice.invite("bob");
  second.answer(await second.request("INVITE"), 200, "OK");
  const ok = await alice.response(200, "INVITE");
  alice.acknowledge(invite, ok);
  await second.request("ACK");
  alice.withinCalled("BYE", invite, ok);
  second.answer(await second.request("BYE"), 200, "OK");
  await alice.response(200, "BYE");
  await heardNothingMore(alice, first, second);
});

test("a MESSAGE, too, reaches a device with two flows once (RFC 5626 §7)", async () => {
  const { alice, first, second } = await bobByTwoFlows();
  alice.send("MESSAGE", "bob", "hello");
  second.answer(await second.request("MESSAGE"), 200, "OK");
  await alice.response(200, "MESSAGE");
  await heardNothingMore(alice, first, second);
});

test("the flow that registered last loses its socket without a word: the call goes over the other one (RFC 5626 §7)", async () => {
  const { stack, alice, first, second } = await bobByTwoFlows();
  await lose(second, stack);
  const invite = alice.invite("bob");
  first.answer(await first.request("INVITE"), 200, "OK");
  alice.acknowledge(invite, await alice.response(200, "INVITE"));
  await first.request("ACK");
  await heardNothingMore(alice, first);
  expect(await first.bindings()).toHaveLength(1);
});

test("the flow of a running call is lost: what follows in the dialog goes over the other one", async () => {
  const { stack, alice, first, second } = await bobByTwoFlows();
  const invite = alice.invite("bob");
  second.answer(await second.request("INVITE"), 200, "OK");
  const ok = await alice.response(200, "INVITE");
  alice.acknowledge(invite, ok);
  await second.request("ACK");
  await lose(second, stack);
  await expect.poll(async () => (await first.bindings()).length, { interval: 5 }).toBe(1);
  alice.withinCalled("BYE", invite, ok);
  first.answer(await first.request("BYE"), 200, "OK");
  await alice.response(200, "BYE");
});

test("one flow sleeps and one is there: that one is called, and nobody is pushed (RFC 5626 §7)", async () => {
  const { stack, alice, first, second } = await bobByTwoFlows({ token: "bob-token" });
  await lose(second, stack);
  alice.invite("bob");
  first.answer(await first.request("INVITE"), 200, "OK");
  await alice.response(200, "INVITE");
  expect(stack.sns.inbox.entries).toEqual([]);
});

test("both flows of a device sleep: it is pushed once, and wakes once", async () => {
  const { stack, device, alice, first, second } = await bobByTwoFlows({ token: "bob-token" });
  await lose(first, stack);
  await lose(second, stack);
  const invite = alice.invite("bob");
  await alice.response(182);
  const bob = await WirePhone.registered(stack.port, "bob", { ...device, regId: 1 });
  bob.answer(await bob.request("INVITE"), 200, "OK");
  alice.acknowledge(invite, await alice.response(200, "INVITE"));
  await bob.request("ACK");
  const also = await WirePhone.registered(stack.port, "bob", { ...device, regId: 2 });
  await heardNothingMore(alice, bob, also);
  expect(stack.sns.inbox.entries).toHaveLength(1);
});

test("a phone that slept on its first flow and wakes on its second gets the call that waits once, and its dialog (RFC 5626 §7, RFC 8599 §5.3)", async () => {
  const stack = await localStack();
  const device = { instance: crypto.randomUUID(), token: "bob-token" };
  const alice = await WirePhone.registered(stack.port, "alice");
  await lose(await WirePhone.registered(stack.port, "bob", { ...device, regId: 1 }), stack);
  const invite = alice.invite("bob");
  await alice.response(182);
  const bob = await WirePhone.registered(stack.port, "bob", { ...device, regId: 2 });
  const received = await bob.request("INVITE");
  bob.answer(received, 200, "OK");
  const ok = await alice.response(200, "INVITE");
  alice.acknowledge(invite, ok);
  await bob.request("ACK");
  alice.withinCalled("BYE", invite, ok);
  bob.answer(await bob.request("BYE"), 200, "OK");
  await alice.response(200, "BYE");
  bob.withinAnswered("INFO", received);
  alice.answer(await alice.request("INFO"), 200, "OK");
  await bob.response(200, "INFO");
  await heardNothingMore(alice, bob);
});

test("a flow that has failed beyond its connection: the call goes to the device's other one, and the caller hears nothing of it (430, RFC 5626 §7)", async () => {
  const { alice, first, second } = await bobByTwoFlows();
  const invite = alice.invite("bob");
  const failed = await second.request("INVITE");
  second.answer(failed, 430, "Flow Failed");
  expect((await second.request("ACK")).one("Via")).toBe(failed.one("Via"));
  const received = await first.request("INVITE");
  // Another attempt is another branch (RFC 3261 §16.6 step 8).
  expect(received.one("Via")).not.toBe(failed.one("Via"));
  first.answer(received, 180, "Ringing");
  await alice.response(180);
  first.answer(received, 200, "OK");
  const ok = await alice.response(200, "INVITE");
  alice.acknowledge(invite, ok);
  await first.request("ACK");
  alice.withinCalled("BYE", invite, ok);
  first.answer(await first.request("BYE"), 200, "OK");
  await alice.response(200, "BYE");
  await heardNothingMore(alice, first, second);
  // The failed flow is forgotten: the next call does not try it.
  alice.invite("bob");
  first.answer(await first.request("INVITE"), 486, "Busy Here");
  expect((await alice.final("INVITE")).status).toBe(486);
  await heardNothingMore(second);
});

test("the last flow has failed, too: the device is not reachable, and 430 is nothing for the caller (480, RFC 5626 §11.5)", async () => {
  const { alice, first, second } = await bobByTwoFlows();
  alice.invite("bob");
  for (const flow of [second, first]) {
    flow.answer(await flow.request("INVITE"), 430, "Flow Failed");
    await flow.request("ACK");
  }
  expect((await alice.final("INVITE")).status).toBe(480);
});

test("a device that answers over one flow is not tried over another: busy is busy (RFC 5626 §7)", async () => {
  const { alice, first, second } = await bobByTwoFlows();
  alice.invite("bob");
  second.answer(await second.request("INVITE"), 486, "Busy Here");
  expect((await alice.final("INVITE")).status).toBe(486);
  await second.request("ACK");
  await heardNothingMore(first, second);
});

const BEHIND = {
  /** As if a proxy were between Bob and us. */
  vias: "Via: SIP/2.0/TCP 10.0.0.9:32531;branch=z9hG4bKinner\r\n",
  path: (params: string) => `Path: <sip:flow7@edge.example;lr${params}>\r\n`,
};

test.each([
  ["adds no Path", ""],
  ["adds a Path that does not say ob", BEHIND.path("")],
])(
  "a first hop that %s keeps no flow: a client that wants one is told (439, RFC 5626 §6)",
  async (_what, path) => {
    const { port } = await localStack();
    const bob = await WirePhone.connect(port, "bob");
    const answer = await bob.register(
      { instance: crypto.randomUUID() },
      { headers: `${BEHIND.vias}${path}` },
    );
    expect(answer.startLine).toBe("SIP/2.0 439 First Hop Lacks Outbound Support");
    expect(await bob.bindings()).toEqual([]);
  },
);

/** Bob behind a proxy that keeps his flow: the connection is the proxy's. */
async function bobBehindProxy() {
  const { port } = await localStack();
  const alice = await WirePhone.registered(port, "alice");
  const proxy = await WirePhone.connect(port, "bob");
  const path = "<sip:flow7@edge.example;lr;ob>";
  const answer = await proxy.register(
    { instance: crypto.randomUUID() },
    { headers: `${BEHIND.vias}Path: ${path}, <sip:inner.example;lr>\r\n` },
  );
  return { alice, proxy, answer, route: `${path}, <sip:inner.example;lr>` };
}

test("a REGISTER through a proxy: the 200 repeats its Path and says the way back to us (RFC 3327 §5.3, RFC 3608 §5)", async () => {
  const { answer, route } = await bobBehindProxy();
  expect(answer.status).toBe(200);
  expect(answer.all("Via")).toHaveLength(2);
  expect(answer.all("Path")).toEqual([route]);
  expect(answer.all("Service-Route")).toEqual(["<sip:localhost;lr>"]);
  expect(answer.all("Require")).toEqual(["outbound"]);
});

test("a call to a phone behind a proxy says the way to it, and so do its CANCEL and the ACK of its failure (RFC 3327 §5.4)", async () => {
  const { alice, proxy, route } = await bobBehindProxy();
  const invite = alice.invite("bob");
  const received = await proxy.request("INVITE");
  expect(received.startLine).toBe("INVITE sip:bob@bob.invalid;transport=ws SIP/2.0");
  proxy.answer(received, 180, "Ringing");
  await alice.response(180);
  alice.cancel(invite);
  const cancel = await proxy.request("CANCEL");
  proxy.answer(cancel, 200, "OK");
  proxy.answer(received, 487, "Request Terminated");
  const ack = await proxy.request("ACK");
  alice.send("MESSAGE", "bob", "hello");
  for (const request of [received, cancel, ack, await proxy.request("MESSAGE")]) {
    expect(request.all("Route")).toEqual([route]);
  }
});

test("within its dialog a phone behind a proxy is found by the dialog's own routes (RFC 3261 §12.2.1.1)", async () => {
  const { alice, proxy } = await bobBehindProxy();
  const invite = alice.invite("bob");
  const received = await proxy.request("INVITE");
  // The proxy has put itself into the dialog, above us.
  const routes = ["<sip:flow7@edge.example;lr>", ...received.all("Record-Route")];
  proxy.answer(
    { ...received, all: (name) => (name === "Record-Route" ? routes : received.all(name)) },
    200,
    "OK",
  );
  const ok = await alice.response(200, "INVITE");
  expect(ok.all("Record-Route")).toEqual(routes);
  alice.acknowledge(invite, ok);
  expect((await proxy.request("ACK")).all("Route")).toEqual(["<sip:flow7@edge.example;lr>"]);
});

test("a caller behind a proxy has routes of its own, and reaches us by them (RFC 3608 §6.1)", async () => {
  const { alice, proxy } = await bobBehindProxy();
  proxy.invite("alice", `Route: <sip:localhost;lr>\r\nX-Mark: ${token()}\r\n`);
  const received = await alice.request("INVITE");
  expect(received.all("Route")).toEqual([]);
  alice.answer(received, 486, "Busy Here");
  expect((await proxy.final("INVITE")).status).toBe(486);
});
