import { expect, test } from "vitest";
import { localStack } from "../support/stack.ts";
import { token } from "../support/token.ts";
import { heardNothingMore, lose, WirePhone } from "../support/wire-phone.ts";

// What went wrong once with devices that have more than one flow, and with GRUUs.

async function bobAsleepByTwoFlows() {
  let now = Date.now();
  const stack = await localStack({}, () => ++now);
  const device = { instance: crypto.randomUUID(), token: "bob-token" };
  const alice = await WirePhone.registered(stack.port, "alice");
  const first = await WirePhone.registered(stack.port, "bob", { ...device, regId: 1 });
  const second = await WirePhone.registered(stack.port, "bob", { ...device, regId: 2 });
  await lose(first, stack);
  await lose(second, stack);
  return { stack, device, alice };
}

test("a woken phone registers both its flows before it has answered: the call goes to it once", async () => {
  const { stack, device, alice } = await bobAsleepByTwoFlows();
  alice.invite("bob");
  await alice.response(182);
  const first = await WirePhone.registered(stack.port, "bob", { ...device, regId: 1 });
  await first.request("INVITE");
  const second = await WirePhone.registered(stack.port, "bob", { ...device, regId: 2 });
  await heardNothingMore(first, second);
});

test("a phone that refuses the second INVITE as a merged one (482, RFC 3261 §8.2.2.2) is still called by the first", async () => {
  const { stack, device, alice } = await bobAsleepByTwoFlows();
  alice.invite("bob");
  await alice.response(182);
  const first = await WirePhone.registered(stack.port, "bob", { ...device, regId: 1 });
  const received = await first.request("INVITE");
  const second = await WirePhone.registered(stack.port, "bob", { ...device, regId: 2 });
  await second.caughtUp();
  for (const again of second.unasked)
    if (again.method === "INVITE") second.answer(again, 482, "Loop Detected");
  await second.caughtUp();
  first.answer(received, 200, "OK");
  expect((await alice.final("INVITE")).status).toBe(200);
});

test("a woken phone rings over one flow and registers the other: its CANCEL comes over the one that rings", async () => {
  const { stack, device, alice } = await bobAsleepByTwoFlows();
  const invite = alice.invite("bob");
  await alice.response(182);
  const first = await WirePhone.registered(stack.port, "bob", { ...device, regId: 1 });
  first.answer(await first.request("INVITE"), 180, "Ringing");
  await alice.response(180);
  const second = await WirePhone.registered(stack.port, "bob", { ...device, regId: 2 });
  alice.cancel(invite);
  await alice.response(200, "CANCEL");
  await Promise.all([first.caughtUp(), second.caughtUp()]);
  expect([first, second].map(({ unasked }) => unasked.map(({ method }) => method))).toEqual([["CANCEL"], []]);
});

test("a MESSAGE that one flow fails with 430 goes over the other, and the caller hears no 430", async () => {
  let now = Date.now();
  const { port } = await localStack({}, () => ++now);
  const device = { instance: crypto.randomUUID() };
  const alice = await WirePhone.registered(port, "alice");
  const first = await WirePhone.registered(port, "bob", { ...device, regId: 1 });
  const second = await WirePhone.registered(port, "bob", { ...device, regId: 2 });
  alice.send("MESSAGE", "bob", "hello");
  second.answer(await second.request("MESSAGE"), 430, "Flow Failed");
  const heard = await Promise.race([
    alice.final("MESSAGE").then(({ status }) => status),
    first.request("MESSAGE").then(() => "other flow"),
  ]);
  expect(heard).toBe("other flow");
});

function callTo(caller: WirePhone, uri: string, extra = "") {
  const text = `INVITE ${uri} SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK${token()}\r\nMax-Forwards: 70\r\nFrom: <${caller.address}>;tag=${token()}\r\nTo: <${uri}>\r\nCall-ID: ${token()}\r\nCSeq: 1 INVITE\r\nContact: <${caller.contactUri()}>\r\n${extra}Content-Length: 0\r\n\r\n`;
  caller.say(text);
  return text;
}
const tempOf = (text: string) => /;temp-gruu="([^"]*)"/.exec(text)?.[1] ?? "";

test("the 182 of a call to the temp-gruu of a sleeping device does not say whose it is", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  const bob = await WirePhone.connect(stack.port, "bob");
  const answer = await bob.register(
    { instance: crypto.randomUUID(), token: "t" },
    { headers: "Supported: gruu\r\n" },
  );
  await lose(bob, stack);
  callTo(alice, tempOf(answer.text));
  expect((await alice.response(182)).text).not.toMatch(/bob/);
});

test("nobody resolves another's temp-gruu by sending it within a dialog of his own", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  const accomplice = await WirePhone.registered(stack.port, "carol");
  const bob = await WirePhone.connect(stack.port, "bob");
  const answer = await bob.register({ instance: crypto.randomUUID() }, { headers: "Supported: gruu\r\n" });
  const invite = alice.invite("carol");
  accomplice.answer(await accomplice.request("INVITE"), 200, "OK");
  const ok = await alice.response(200, "INVITE");
  alice.acknowledge(invite, ok);
  await accomplice.request("ACK");
  alice.withinCalled("INFO", invite, {
    ...ok,
    one: (name) => (name === "Contact" ? `<${tempOf(answer.text)}>` : ok.one(name)),
  });
  const info = await accomplice.hear("INFO or nothing", (message) => message.method === "INFO");
  expect(info.startLine).not.toMatch(/bob/);
});

test("a proxy says that the flow of a phone with a token has failed: the phone sleeps, and is pushed", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  const proxy = await WirePhone.connect(stack.port, "bob");
  const answer = await proxy.register(
    { instance: crypto.randomUUID(), token: "bob-token" },
    {
      headers:
        "Via: SIP/2.0/TCP 10.0.0.9:32531;branch=z9hG4bKinner\r\nPath: <sip:flow7@edge.example;lr;ob>\r\n",
    },
  );
  expect(answer.status).toBe(200);
  alice.invite("bob");
  proxy.answer(await proxy.request("INVITE"), 430, "Flow Failed");
  const next = await alice.hear("182 or the end", ({ status = 0 }) => status > 100);
  expect(next.startLine).toBe("SIP/2.0 182 Queued");
});

test("one flow fails with 430 and the other sleeps: the device is pushed", async () => {
  let now = Date.now();
  const stack = await localStack({}, () => ++now);
  const device = { instance: crypto.randomUUID(), token: "bob-token" };
  const alice = await WirePhone.registered(stack.port, "alice");
  const first = await WirePhone.registered(stack.port, "bob", { ...device, regId: 1 });
  const second = await WirePhone.registered(stack.port, "bob", { ...device, regId: 2 });
  await lose(first, stack);
  alice.invite("bob");
  second.answer(await second.request("INVITE"), 430, "Flow Failed");
  const next = await alice.hear("182 or the end", ({ status = 0 }) => status > 100);
  expect(next.startLine).toBe("SIP/2.0 182 Queued");
});
