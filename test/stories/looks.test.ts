import { expect, test } from "vitest";
import { localStack } from "../support/stack.ts";
import { lose, Watch, WirePhone } from "../support/wire-phone.ts";

// What went wrong once with reminders and subscriptions.

function stillClock() {
  const start = Date.UTC(2026, 10, 23, 9);
  let now = start;
  return {
    read: () => now,
    set: (seconds: number) => {
      now = start + seconds * 1000;
    },
  };
}
async function fallAsleep(phone: WirePhone, stack: Awaited<ReturnType<typeof localStack>>) {
  await lose(phone, stack);
  const witness = await WirePhone.registered(stack.port, "carol");
  witness.send("MESSAGE", phone.user);
  await witness.hear("480 or whatever", ({ status = 0, method }) => method === "MESSAGE" && status >= 200);
}
const BOB = { instance: crypto.randomUUID(), token: "bob-token", expires: 3600 };

test("the last NOTIFY of a subscription that runs out has a CSeq and a version of its own", async () => {
  const clock = stillClock();
  const stack = await localStack({}, clock.read);
  const alice = await WirePhone.registered(stack.port, "alice", { ...BOB });
  await new Watch("alice", "alice").subscribe(alice, 600);
  const first = await alice.request("NOTIFY");
  alice.answer(first, 200, "OK");
  clock.set(600);
  await stack.look();
  const last = await alice.request("NOTIFY");
  expect(last.one("Subscription-State")).toBe("terminated;reason=timeout");
  expect(last.one("Via")).not.toBe(first.one("Via"));
  expect([first, last].map((notify) => notify.one("CSeq"))).toEqual(["1 NOTIFY", "2 NOTIFY"]);
});

test("many who look at once remind once", async () => {
  const clock = stillClock();
  const stack = await localStack({}, clock.read);
  await fallAsleep(await WirePhone.registered(stack.port, "bob", BOB), stack);
  clock.set(2_700);
  await Promise.all([stack.look(), stack.look(), stack.look()]);
  expect(stack.sns.inbox.entries).toHaveLength(1);
});

test("both flows of a device sleep: it is reminded once, not once per flow", async () => {
  const clock = stillClock();
  const stack = await localStack({}, clock.read);
  const one = await WirePhone.registered(stack.port, "bob", { ...BOB, regId: 1 });
  const two = await WirePhone.registered(stack.port, "bob", { ...BOB, regId: 2 });
  await lose(one, stack);
  await fallAsleep(two, stack);
  clock.set(2_700);
  await stack.look();
  expect(stack.sns.inbox.entries).toHaveLength(1);
});

test("one flow sleeps and the other is online: nobody is reminded", async () => {
  const clock = stillClock();
  const stack = await localStack({}, clock.read);
  const one = await WirePhone.registered(stack.port, "bob", { ...BOB, regId: 1 });
  await lose(one, stack);
  await WirePhone.registered(stack.port, "bob", { ...BOB, regId: 2 });
  for (const at of [2_700, 2_760, 2_880, 3_120]) {
    clock.set(at);
    await stack.look();
  }
  expect(stack.sns.inbox.entries).toHaveLength(0);
});

test("another's disconnect does not tell of a registration that has run out as if it were there", async () => {
  const clock = stillClock();
  const stack = await localStack({}, clock.read);
  const alice = await WirePhone.registered(stack.port, "alice", { ...BOB, token: "x" });
  const tablet = await WirePhone.registered(stack.port, "alice", {
    instance: crypto.randomUUID(),
    token: "t",
    expires: 3600,
  });
  await alice.register({}, { contacts: "Contact: <sip:alice@brief.invalid;transport=ws>;expires=60\r\n" });
  await new Watch("alice", "alice").subscribe(alice, 3600);
  alice.answer(await alice.request("NOTIFY"), 200, "OK");
  clock.set(66);
  await lose(tablet, stack);
  const news = await alice.request("NOTIFY");
  expect(news.body).not.toContain("brief.invalid");
});

test("a renewal is answered 200, and then by one NOTIFY", async () => {
  const { port } = await localStack();
  const alice = await WirePhone.registered(port, "alice");
  const watch = new Watch("alice", "alice");
  await watch.subscribe(alice, 600);
  alice.answer(await alice.request("NOTIFY"), 200, "OK");
  const order: string[] = [];
  alice.socket.on("message", (data: Buffer) => order.push(data.toString().split("\r\n", 1)[0] ?? ""));
  await watch.subscribe(alice, 600);
  const notify = await alice.request("NOTIFY");
  expect(notify.one("CSeq")).toBe("2 NOTIFY");
  alice.answer(notify, 200, "OK");
  await alice.caughtUp();
  expect(order.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
    "SIP/2.0 200",
    "NOTIFY sip:alice-watcher@w.invalid;transport=ws",
    "SIP/2.0 200",
  ]);
});
