import { expect, test } from "vitest";
import { localStack } from "../support/stack.ts";
import { token } from "../support/token.ts";
import { heardNothingMore, WirePhone } from "../support/wire-phone.ts";

async function aliceAndBob(): Promise<{ port: number; alice: WirePhone; bob: WirePhone }> {
  const { port } = await localStack();
  return {
    port,
    alice: await WirePhone.registered(port, "alice"),
    bob: await WirePhone.registered(port, "bob"),
  };
}

/** From INVITE to ACK. */
async function connect(caller: WirePhone, callee: WirePhone) {
  const invite = caller.invite(callee.user);
  const received = await callee.request("INVITE");
  callee.answer(received, 200, "OK", "v=0\r\n");
  const ok = await caller.response(200, "INVITE");
  caller.acknowledge(invite, ok);
  await callee.request("ACK");
  return { invite, received, ok };
}

test("a call: 100 at once, ringing, answer, ACK, and a BYE from the caller (RFC 3261 §4)", async () => {
  const { alice, bob } = await aliceAndBob();
  const invite = alice.invite("bob", "", "v=0 offer\r\n");
  const trying = await alice.response(100, "INVITE");
  expect(trying.one("To")).not.toContain("tag=");
  const received = await bob.request("INVITE");
  expect(received.body).toBe("v=0 offer\r\n");
  expect(received.one("Max-Forwards")).toBe("69");
  expect(received.startLine).toBe("INVITE sip:bob@bob.invalid;transport=ws SIP/2.0");
  bob.answer(received, 180, "Ringing");
  const ringing = await alice.response(180, "INVITE");
  expect(ringing.all("Via")).toEqual(invite.all("Via"));
  bob.answer(received, 200, "OK", "v=0 answer\r\n");
  const ok = await alice.response(200, "INVITE");
  expect(ok.body).toBe("v=0 answer\r\n");
  alice.acknowledge(invite, ok);
  expect((await bob.request("ACK")).all("Route")).toEqual([]);
  alice.withinCalled("BYE", invite, ok);
  const bye = await bob.request("BYE");
  expect(bye.startLine).toBe("BYE sip:bob@bob.invalid;transport=ws SIP/2.0");
  bob.answer(bye, 200, "OK");
  await alice.response(200, "BYE");
  await Promise.all([alice.caughtUp(), bob.caughtUp()]);
  expect([...alice.unasked, ...bob.unasked]).toEqual([]);
});

test("the called side hangs up (RFC 3261 §15)", async () => {
  const { alice, bob } = await aliceAndBob();
  const { received } = await connect(alice, bob);
  bob.withinAnswered("BYE", received);
  const bye = await alice.request("BYE");
  expect(bye.startLine).toBe("BYE sip:alice@alice.invalid;transport=ws SIP/2.0");
  alice.answer(bye, 200, "OK");
  await bob.response(200, "BYE");
});

test("requests within a dialog go both ways: a re-INVITE with its ACK, an INFO, an unknown method", async () => {
  const { alice, bob } = await aliceAndBob();
  const { invite, received, ok } = await connect(alice, bob);
  for (const method of ["INVITE", "INFO", "WINK"]) {
    bob.withinAnswered(method, received);
    const request = await alice.request(method);
    alice.answer(request, 200, "OK");
    await bob.response(200, method);
    alice.withinCalled(method, invite, ok);
    bob.answer(await bob.request(method), 200, "OK");
    await alice.response(200, method);
  }
});

test("we stay in the path twice, once for each side, and say nothing readable there (RFC 3261 §16.6 step 4)", async () => {
  const { alice, bob } = await aliceAndBob();
  const { received, ok } = await connect(alice, bob);
  const routes = received.all("Record-Route");
  expect(routes).toHaveLength(2);
  expect(ok.all("Record-Route")).toEqual(routes);
  for (const route of routes) {
    expect(route).toMatch(/^<sip:[A-Za-z0-9._-]+@localhost;transport=ws;lr>$/);
    expect(route).not.toMatch(/alice@|bob@|\.invalid/);
  }
});

test("a dialog outlives both sockets: a BYE finds the phone where it has registered since", async () => {
  const { port } = await localStack();
  const [aliceDevice, bobDevice] = [{ instance: crypto.randomUUID() }, { instance: crypto.randomUUID() }];
  const alice = await WirePhone.registered(port, "alice", aliceDevice);
  const bob = await WirePhone.registered(port, "bob", bobDevice);
  const { invite, received, ok } = await connect(alice, bob);
  await Promise.all([alice.vanish(), bob.vanish()]);
  const aliceAgain = await WirePhone.registered(port, "alice", aliceDevice);
  const bobAgain = await WirePhone.registered(port, "bob", bobDevice);
  bobAgain.withinAnswered("INFO", received);
  aliceAgain.answer(await aliceAgain.request("INFO"), 200, "OK");
  await bobAgain.response(200, "INFO");
  aliceAgain.withinCalled("BYE", invite, ok);
  bobAgain.answer(await bobAgain.request("BYE"), 200, "OK");
  await aliceAgain.response(200, "BYE");
});

test("a dialog token of one call is of no use in another (403)", async () => {
  const { port, alice, bob } = await aliceAndBob();
  const carol = await WirePhone.registered(port, "carol");
  const { invite, ok } = await connect(alice, bob);
  const stolen = { ...invite, one: (name: string) => (name === "Call-ID" ? token() : invite.one(name)) };
  carol.withinCalled("BYE", stolen, ok);
  await carol.response(403, "BYE");
  await bob.caughtUp();
  expect(bob.unasked).toEqual([]);
});

test("both devices of a user ring; the one that does not answer is cancelled and acknowledged (RFC 3261 §16.7)", async () => {
  const { port, alice, bob } = await aliceAndBob();
  const tablet = await WirePhone.registered(port, "bob", { instance: crypto.randomUUID() });
  const invite = alice.invite("bob");
  const atPhone = await bob.request("INVITE");
  const atTablet = await tablet.request("INVITE");
  bob.answer(atPhone, 180, "Ringing");
  tablet.answer(atTablet, 180, "Ringing");
  await alice.response(180);
  await alice.response(180);
  tablet.answer(atTablet, 200, "OK");
  alice.acknowledge(invite, await alice.response(200, "INVITE"));
  const cancel = await bob.request("CANCEL");
  expect(cancel.one("Reason")).toBe('SIP;cause=200;text="Call completed elsewhere"');
  expect(cancel.all("Via")).toEqual([atPhone.all("Via")[0]]);
  bob.answer(cancel, 200, "OK");
  bob.answer(atPhone, 487, "Request Terminated");
  expect((await bob.request("ACK")).one("To")).toContain("tag=bob-tag");
  await tablet.request("ACK");
  await Promise.all([alice.caughtUp(), bob.caughtUp(), tablet.caughtUp()]);
  expect([
    ...alice.unasked.filter(({ status }) => status !== 100),
    ...bob.unasked,
    ...tablet.unasked,
  ]).toEqual([]);
});

test("when all devices decline, the caller gets the best of their answers (RFC 3261 §16.7 step 6)", async () => {
  const { port, alice, bob } = await aliceAndBob();
  const tablet = await WirePhone.registered(port, "bob", { instance: crypto.randomUUID() });
  const invite = alice.invite("bob");
  bob.answer(await bob.request("INVITE"), 503, "Service Unavailable");
  await bob.request("ACK");
  tablet.answer(await tablet.request("INVITE"), 486, "Busy Here");
  await tablet.request("ACK");
  const busy = await alice.final("INVITE");
  expect(busy.startLine).toBe("SIP/2.0 486 Busy Here");
  alice.acknowledge(invite, busy);
  await alice.caughtUp();
  expect(alice.unasked.map(({ status }) => status)).toEqual([100]);
});

test("a caller who gives up: 200 for the CANCEL, the phone stops ringing, 487 for the INVITE (RFC 3261 §9, §16.10)", async () => {
  const { alice, bob } = await aliceAndBob();
  const invite = alice.invite("bob");
  const received = await bob.request("INVITE");
  bob.answer(received, 180, "Ringing");
  await alice.response(180);
  alice.cancel(invite);
  await alice.response(200, "CANCEL");
  const cancel = await bob.request("CANCEL");
  expect(cancel.one("CSeq")).toBe(received.one("CSeq").replace("INVITE", "CANCEL"));
  bob.answer(cancel, 200, "OK");
  bob.answer(received, 487, "Request Terminated");
  await bob.request("ACK");
  const terminated = await alice.final("INVITE");
  expect(terminated.status).toBe(487);
});

test("a phone whose app was started anew while it rang knows nothing of the CANCEL: the caller hears 487 all the same, at once (RFC 3261 §9.2)", async () => {
  const { port } = await localStack();
  const alice = await WirePhone.registered(port, "alice");
  const bob = await WirePhone.registered(port, "bob");
  const invite = alice.invite("bob");
  bob.answer(await bob.request("INVITE"), 180, "Ringing");
  await alice.response(180);
  alice.cancel(invite);
  bob.answer(await bob.request("CANCEL"), 481, "Call/Transaction Does Not Exist");
  await alice.response(200, "CANCEL");
  alice.acknowledge(invite, await alice.response(487, "INVITE"));
  await heardNothingMore(alice, bob);
});

test("a CANCEL that crosses a 200: the call stands (RFC 3261 §9.1)", async () => {
  const { alice, bob } = await aliceAndBob();
  const invite = alice.invite("bob");
  const received = await bob.request("INVITE");
  bob.answer(received, 200, "OK");
  const ok = await alice.response(200, "INVITE");
  alice.cancel(invite);
  await alice.response(200, "CANCEL");
  alice.acknowledge(invite, ok);
  await bob.request("ACK");
  await bob.caughtUp();
  expect(bob.unasked).toEqual([]);
});

test("the same INVITE again rings nobody twice (RFC 3261 §17.2.1)", async () => {
  const { alice, bob } = await aliceAndBob();
  const invite = alice.invite("bob");
  const received = await bob.request("INVITE");
  alice.say(invite.text);
  alice.say(invite.text);
  await alice.caughtUp();
  bob.answer(received, 486, "Busy Here");
  await alice.final("INVITE");
  await bob.request("ACK");
  await bob.caughtUp();
  expect(bob.unasked).toEqual([]);
});

test("push parameters of either side reach nobody else (RFC 8599 §13)", async () => {
  const { port } = await localStack();
  const alice = await WirePhone.registered(port, "alice", { token: "alice-token" });
  const bob = await WirePhone.registered(port, "bob", { token: "bob-token" });
  const invite = alice.invite("bob");
  alice.say(
    invite.text
      .replaceAll("transport=ws>", "transport=ws;pn-provider=fcm;pn-param=app;pn-prid=alice-token>")
      .replace(/branch=z9hG4bK\w+/, `branch=z9hG4bK${token()}`),
  );
  const texts: string[] = [];
  for (const received of [await bob.request("INVITE"), await bob.request("INVITE")]) {
    texts.push(received.text);
    bob.say(
      `SIP/2.0 200 OK\r\n${["Via", "Record-Route", "From", "To", "Call-ID", "CSeq"].flatMap((name) => received.all(name).map((value) => `${name}: ${value}${name === "To" ? ";tag=1" : ""}\r\n`)).join("")}Contact: <${bob.contactUri({ token: "bob-token" })}>\r\nContent-Length: 0\r\n\r\n`,
    );
    texts.push((await alice.response(200, "INVITE")).text);
  }
  expect(texts.join("")).toContain("transport=ws");
  expect(texts.join("")).not.toMatch(/pn-(provider|param|prid)|alice-token|bob-token/);
});

test.each([
  ["nobody", 404, "a user that does not exist"],
  ["carol", 480, "a user who is nowhere"],
])("an INVITE to %s gets %i: %s", async (callee, status) => {
  const { alice } = await aliceAndBob();
  alice.invite(callee);
  expect((await alice.final("INVITE")).status).toBe(status);
});

test("a caller who has not registered is challenged, and may call with the right password (407, RFC 3261 §22.3)", async () => {
  const { port, bob } = await aliceAndBob();
  const carol = await WirePhone.connect(port, "carol");
  const invite = carol.invite("bob");
  const challenge = await carol.final("INVITE");
  expect(challenge.status).toBe(407);
  carol.acknowledge(invite, challenge);
  carol.invite(
    "bob",
    `Proxy-Authorization: ${carol.credentials(challenge, "INVITE", "sip:bob@localhost")}\r\n`,
  );
  const received = await bob.request("INVITE");
  expect(received.all("Proxy-Authorization")).toEqual([]);
});

test("a caller may not borrow another's name (403)", async () => {
  const { port, bob } = await aliceAndBob();
  const carol = await WirePhone.registered(port, "carol");
  const invite = carol.invite("bob");
  await bob.request("INVITE");
  carol.say(
    invite.text
      .replace(/From: .*/, `From: <sip:alice@localhost>;tag=1`)
      .replace(/branch=z9hG4bK\w+/, `branch=z9hG4bK${token()}`),
  );
  expect((await carol.final("INVITE")).status).toBe(407);
  await bob.caughtUp();
  expect(bob.unasked).toEqual([]);
});

test("a MESSAGE reaches the only device, and its answer comes back (RFC 3428)", async () => {
  const { alice, bob } = await aliceAndBob();
  alice.send("MESSAGE", "bob", "hello");
  const message = await bob.request("MESSAGE");
  expect(message.body).toBe("hello");
  bob.answer(message, 200, "OK");
  await alice.response(200, "MESSAGE");
});

test("a MESSAGE to a user with two devices reaches both and is answered once", async () => {
  const { port, alice, bob } = await aliceAndBob();
  const tablet = await WirePhone.registered(port, "bob", { instance: crypto.randomUUID() });
  alice.send("MESSAGE", "bob", "hello");
  for (const device of [bob, tablet]) device.answer(await device.request("MESSAGE"), 200, "OK");
  await alice.response(200, "MESSAGE");
  await Promise.all([bob.caughtUp(), tablet.caughtUp(), alice.caughtUp()]);
  expect(alice.unasked).toEqual([]);
});
