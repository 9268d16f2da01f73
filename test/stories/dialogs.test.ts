import { describe, expect, test } from "vitest";
import { appleToken, spelt } from "../support/calls.ts";
import type { ContactOptions } from "../support/sip-phone.ts";
import { localStack, type TestStack } from "../support/stack.ts";
import { token } from "../support/token.ts";
import type { WireMessage } from "../support/wire-message.ts";
import { heardNothingMore, lose, WirePhone } from "../support/wire-phone.ts";

// Dialogs outlive the sockets that they were made over, whosesoever end.

const METHODS = ["INVITE", "UPDATE", "INFO", "NOTIFY", "BYE"];

type Name = "alice" | "bob";

/** One end of a dialog: the phone as it is connected now, and how it speaks within the dialog. */
interface End {
  readonly phone: WirePhone;
  say(method: string): WireMessage;
}

interface Dialog {
  readonly stack: TestStack;
  readonly devices: Readonly<Record<Name, ContactOptions>>;
  /** The Call-ID. */
  readonly callId: string;
  /** An end, if it speaks over this phone. */
  over(name: Name, phone: WirePhone): End;
  readonly alice: End;
  readonly bob: End;
}

/** Alice has called Bob. */
async function dialog(
  contacts: Partial<Record<Name, ContactOptions>> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<Dialog> {
  // No two registrations are of one moment.
  let now = 0;
  const clock = () => {
    now = Math.max(now + 1, Date.now());
    return now;
  };
  const stack = await localStack(environment, clock);
  const device = (name: Name) => ({ instance: crypto.randomUUID(), ...contacts[name] });
  const devices = { alice: device("alice"), bob: device("bob") };
  const alice = await WirePhone.registered(stack.port, "alice", devices.alice);
  const bob = await WirePhone.registered(stack.port, "bob", devices.bob);
  const invite = alice.invite("bob");
  await alice.response(100);
  const received = await bob.request("INVITE");
  bob.answer(received, 200, "OK");
  const ok = await alice.response(200, "INVITE");
  alice.acknowledge(invite, ok);
  await bob.request("ACK");
  const over = (name: Name, phone: WirePhone): End => ({
    phone,
    say: (method) =>
      name === "alice" ? phone.withinCalled(method, invite, ok) : phone.withinAnswered(method, received),
  });
  const callId = invite.one("Call-ID");
  return { stack, devices, callId, over, alice: over("alice", alice), bob: over("bob", bob) };
}

/** The same end over another socket, the former one gone without a word or still open. */
async function replaced(
  { stack, devices, over, ...ends }: Dialog,
  name: Name,
  former: "gone" | "open",
): Promise<End> {
  if (former === "gone") await lose(ends[name].phone, stack);
  return over(name, await WirePhone.registered(stack.port, name, devices[name]));
}

/** The dialog, one end of it asleep. */
async function asleep(name: Name, contact: ContactOptions = FCM, environment = {}) {
  const made = await dialog({ [name]: contact }, environment);
  await lose(made[name].phone, made.stack);
  const wake = () => replaced(made, name, "open");
  return { ...made, wake, awake: made[name === "alice" ? "bob" : "alice"] };
}

/** A request, its answer, and the ACK of that; answers the request as it came. */
async function exchange(method: string, from: End, to: End): Promise<WireMessage> {
  const sent = from.say(method);
  const received = await to.phone.request(method);
  await answered(sent, received, from, to);
  return received;
}

async function answered(sent: WireMessage, received: WireMessage, from: End, to: End): Promise<void> {
  const { method } = sent;
  to.phone.answer(received, 200, "OK");
  const ok = await from.phone.response(200, method);
  expect(ok.all("Via")).toEqual(sent.all("Via"));
  if (method !== "INVITE") return;
  from.phone.acknowledgeWithin(sent);
  expect((await to.phone.request("ACK")).one("CSeq")).toBe(sent.one("CSeq").replace("INVITE", "ACK"));
}

const FCM: ContactOptions = { token: "the-token" };
const APNS: ContactOptions = {
  token: appleToken("the-token"),
  provider: "apns",
  param: "TEAM123456.com.example.phone.remote",
};
const BOTH: ContactOptions = {
  token: `${appleToken("ring")}:voip&${appleToken("the-token")}:remote`,
  provider: "apns",
  param: "TEAM123456.com.example.phone.voip&remote",
};
const VOIP: ContactOptions = {
  token: appleToken("ring"),
  provider: "apns",
  param: "TEAM123456.com.example.phone.voip",
};

describe.each<["gone" | "open", string]>([
  ["gone", "gone without a word"],
  ["open", "left open and deaf"],
])("with the former socket %s", (former, _how) => {
  test.each<[string, readonly Name[]]>([
    ["the callee has", ["bob"]],
    ["the caller has", ["alice"]],
    ["both sides have", ["alice", "bob"]],
  ])(
    "a dialog goes on when %s registered over a new one: all requests, both ways, and their answers",
    async (_whose, names) => {
      const made = await dialog();
      const alice = names.includes("alice") ? await replaced(made, "alice", former) : made.alice;
      const bob = names.includes("bob") ? await replaced(made, "bob", former) : made.bob;
      for (const method of METHODS) {
        await exchange(method, alice, bob);
        await exchange(method, bob, alice);
      }
      const open = former === "open" ? names.map((name) => made[name].phone) : [];
      await heardNothingMore(alice.phone, bob.phone, ...open);
    },
  );
});

test("sockets are replaced one after the other, between requests, and nothing is lost", async () => {
  const made = await dialog();
  await exchange("INVITE", made.alice, made.bob);
  const bob = await replaced(made, "bob", "gone");
  await exchange("INVITE", made.alice, bob);
  const alice = await replaced(made, "alice", "gone");
  await exchange("INVITE", bob, alice);
  await exchange("BYE", alice, bob);
});

test.each<[Name, string]>([
  ["alice", "bob"],
  ["bob", "alice"],
])(
  "the answer to a re-INVITE finds %s over another socket than it was sent over (RFC 3261 §18.2.2)",
  async (name) => {
    const made = await dialog();
    const other = made[name === "alice" ? "bob" : "alice"];
    const sent = made[name].say("INVITE");
    const received = await other.phone.request("INVITE");
    const again = await replaced(made, name, "gone");
    await answered(sent, received, again, other);
    await heardNothingMore(again.phone, other.phone);
  },
);

test("the answer to a MESSAGE, too, finds its sender over another socket", async () => {
  const made = await dialog();
  made.alice.phone.send("MESSAGE", "bob", "hello");
  const received = await made.bob.phone.request("MESSAGE");
  const alice = await replaced(made, "alice", "gone");
  made.bob.phone.answer(received, 200, "OK");
  await alice.phone.response(200, "MESSAGE");
});

test("what we put into a request's Via tells the other side nothing about the one that sent it", async () => {
  const { alice, bob, devices } = await dialog();
  alice.say("INFO");
  const [ours = ""] = (await bob.phone.request("INFO")).all("Via");
  const branch = /;branch=z9hG4bKr\.1\.([A-Za-z0-9_-]+)$/.exec(ours)?.[1] ?? "";
  const octets = Buffer.from(branch, "base64url");
  expect(octets.length).toBeGreaterThan(16);
  for (const text of [ours, octets.toString("latin1")]) {
    expect(text).not.toContain("alice@");
    expect(text).not.toContain(devices.alice.instance);
  }
});

describe.each<[string, ContactOptions, string]>([
  ["by FCM", FCM, "fcm"],
  ["by APNs", APNS, "apns"],
  ["by APNs in the background, though it could be rung by VoIP", BOTH, "apns"],
])("a side that sleeps is woken %s", (_how, contact, provider) => {
  test.each((["alice", "bob"] as const).flatMap((name) => METHODS.map((method) => ({ name, method }))))(
    "$name, for $method: it gets the request when it has registered (RFC 8599 §6.2.3)",
    async (what) => {
      const { name, method } = what;
      const { stack, awake, wake, callId } = await asleep(name, contact);
      const sent = awake.say(method);
      await expect.poll(() => stack.sns.inbox.entries.length, { interval: 5 }).toBe(1);
      const [push] = stack.sns.inbox.entries;
      expect({ ...push, token: spelt(push?.token ?? "") }).toMatchObject({ provider, token: "the-token" });
      const data = { kind: "dialog", method, callId, to: `sip:${name}@localhost` };
      if (provider === "fcm") expect(push?.payload).toMatchObject({ fcmV1Message: { message: { data } } });
      else {
        expect(push?.payload).toMatchObject({ aps: { "content-available": 1 }, ...data });
        expect(push?.attributes).toMatchObject({ "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "background" });
      }
      const woken = await wake();
      const received = await woken.phone.request(method);
      expect(received.startLine).toBe(sent.startLine);
      for (const header of ["From", "To", "Call-ID", "CSeq"])
        expect(received.one(header)).toBe(sent.one(header));
      expect(received.all("Via").slice(1)).toEqual(sent.all("Via"));
      expect(received.one("Max-Forwards")).toBe("69");
      expect([...received.all("Route"), ...received.all("Record-Route")]).toEqual([]);
      if (method === "INVITE") await awake.phone.response(182);
      await answered(sent, received, awake, woken);
      await heardNothingMore(awake.phone, woken.phone);
      expect(stack.sns.inbox.entries).toHaveLength(1);
    },
  );
});

test("a phone that can be pushed by VoIP only is not rung for what is no call: the request waits for it to come by itself", async () => {
  const { stack, awake, wake } = await asleep("bob", VOIP);
  const sent = awake.say("INVITE");
  await awake.phone.response(182);
  const info = awake.say("INFO");
  await awake.phone.caughtUp();
  const woken = await wake();
  await answered(sent, await woken.phone.request("INVITE"), awake, woken);
  await answered(info, await woken.phone.request("INFO"), awake, woken);
  expect(stack.sns.inbox.entries).toEqual([]);
});

test("both sides sleep by turns: each is woken by the other", async () => {
  const made = await dialog({ alice: FCM, bob: { token: "bob-token" } });
  await lose(made.bob.phone, made.stack);
  const first = made.alice.say("INVITE");
  await made.alice.phone.response(182);
  const bob = await replaced(made, "bob", "open");
  await answered(first, await bob.phone.request("INVITE"), made.alice, bob);
  await lose(made.alice.phone, made.stack);
  const second = bob.say("BYE");
  await expect
    .poll(() => made.stack.sns.inbox.entries.map(({ token: pushed }) => pushed), { interval: 5 })
    .toEqual(["bob-token", "the-token"]);
  const alice = await replaced(made, "alice", "open");
  await answered(second, await alice.phone.request("BYE"), bob, alice);
});

test("the sender of a request that waits is replaced meanwhile: the answer of the woken phone finds it", async () => {
  const made = await asleep("bob");
  const sent = made.alice.say("INVITE");
  await made.alice.phone.response(182);
  const alice = await replaced(made, "alice", "gone");
  const woken = await made.wake();
  await answered(sent, await woken.phone.request("INVITE"), alice, woken);
});

test("the woken phone's socket is replaced while it thinks about a re-INVITE: its answer counts, and its failure is acknowledged where it is", async () => {
  const { stack, devices, awake, wake } = await asleep("bob");
  const sent = awake.say("INVITE");
  await awake.phone.response(182);
  const woken = await wake();
  const received = await woken.phone.request("INVITE");
  woken.phone.answer(received, 180, "Ringing");
  await awake.phone.response(180);
  const again = await WirePhone.registered(stack.port, "bob", devices.bob);
  await woken.phone.vanish();
  again.answer(received, 488, "Not Acceptable Here");
  const ack = await again.request("ACK");
  expect(ack.startLine).toBe(sent.startLine.replace("INVITE", "ACK"));
  expect(ack.one("Via")).toBe(received.one("Via"));
  expect((await awake.phone.final("INVITE")).status).toBe(488);
});

test("a request that is said again while it waits is neither pushed nor delivered twice (RFC 3261 §17.2.1)", async () => {
  const { stack, awake, wake } = await asleep("bob");
  const sent = awake.say("INFO");
  awake.phone.say(sent.text);
  awake.phone.say(sent.text);
  await awake.phone.caughtUp();
  await expect.poll(() => stack.sns.inbox.entries.length, { interval: 5 }).toBe(1);
  const woken = await wake();
  await answered(sent, await woken.phone.request("INFO"), awake, woken);
  await heardNothingMore(awake.phone, woken.phone);
  expect(stack.sns.inbox.entries).toHaveLength(1);
});

test.each([
  ["FCM", FCM],
  ["APNs", BOTH],
])(
  "a re-INVITE to a side that sleeps is given up while it waits: 487, nothing rings, and %s is told of no call (RFC 3261 §16.10)",
  async (_service, contact) => {
    const { stack, awake, wake } = await asleep("bob", contact);
    const sent = awake.say("INVITE");
    await awake.phone.response(182);
    awake.phone.cancel(sent);
    await awake.phone.response(200, "CANCEL");
    const terminated = await awake.phone.final("INVITE");
    expect(terminated.status).toBe(487);
    awake.phone.acknowledge(sent, terminated);
    const woken = await wake();
    await heardNothingMore(awake.phone, woken.phone);
    expect(stack.sns.inbox.entries).toHaveLength(1);
  },
);

test("a CANCEL that overtakes its re-INVITE to a side that sleeps: 487, and nobody is pushed", async () => {
  const { stack, awake } = await asleep("bob");
  const sent = awake.say("INVITE");
  await awake.phone.response(182);
  // Another re-INVITE, whose CANCEL comes first.
  const text = sent.text.replace(/branch=\w+/, `branch=z9hG4bK${token()}`);
  awake.phone.cancel({ ...sent, all: (name) => (name === "Via" ? [viaOf(text)] : sent.all(name)) });
  await awake.phone.response(200, "CANCEL");
  awake.phone.say(text);
  expect((await awake.phone.final("INVITE")).one("Via")).toBe(viaOf(text));
  expect(stack.sns.inbox.entries).toHaveLength(1);
});

function viaOf(text: string): string {
  return /\r\nVia: ([^\r]*)/.exec(text)?.[1] ?? "";
}

test.each([
  ["that was handed on at once", false],
  ["that waited for its phone", true],
])(
  "the CANCEL of a re-INVITE %s meets it at the phone by the same Via and URI (RFC 3261 §9.1)",
  async (_which, isAsleep) => {
    const made = await dialog({ bob: FCM });
    if (isAsleep) await lose(made.bob.phone, made.stack);
    const sent = made.alice.say("INVITE");
    if (isAsleep) await made.alice.phone.response(182);
    const bob = isAsleep ? await replaced(made, "bob", "open") : made.bob;
    const received = await bob.phone.request("INVITE");
    bob.phone.answer(received, 180, "Ringing");
    await made.alice.phone.response(180);
    made.alice.phone.cancel(sent);
    const cancel = await bob.phone.request("CANCEL");
    expect(cancel.one("Via")).toBe(received.one("Via"));
    expect(cancel.startLine).toBe(received.startLine.replace("INVITE", "CANCEL"));
    bob.phone.answer(cancel, 200, "OK");
    await made.alice.phone.response(200, "CANCEL");
    bob.phone.answer(received, 487, "Request Terminated");
    expect((await made.alice.phone.final("INVITE")).status).toBe(487);
    if (isAsleep) await bob.phone.request("ACK");
    await made.alice.phone.caughtUp();
    expect(made.alice.phone.unasked.map(({ status }) => status)).toEqual(isAsleep ? [100] : []);
  },
);

test.each(["INVITE", "INFO", "BYE"])(
  "nobody comes within the bucket time: the %s gets 480, and whoever comes later hears nothing of it (RFC 8599 §6.2.3)",
  async (method) => {
    const { awake, wake } = await asleep("bob", FCM, { BUCKET_SECONDS: "3" });
    awake.say(method);
    expect((await awake.phone.final(method)).status).toBe(480);
    await awake.phone.caughtUp();
    const provisional = awake.phone.unasked.map(({ status }) => status);
    expect(provisional).toEqual(method === "INVITE" ? [100, 182] : []);
    const woken = await wake();
    await heardNothingMore(woken.phone);
  },
);

test("the ACK of a 2xx to a side that sleeps is dropped: it wakes nobody, and comes again with the 2xx (RFC 3261 §13.3.1.4)", async () => {
  const made = await dialog({ bob: FCM });
  const sent = made.alice.say("INVITE");
  const received = await made.bob.phone.request("INVITE");
  made.bob.phone.answer(received, 200, "OK");
  await made.alice.phone.response(200, "INVITE");
  await lose(made.bob.phone, made.stack);
  made.alice.phone.acknowledgeWithin(sent);
  await made.alice.phone.caughtUp();
  const bob = await replaced(made, "bob", "open");
  await bob.phone.caughtUp();
  expect([...made.alice.phone.unasked, ...bob.phone.unasked]).toEqual([]);
  expect(made.stack.sns.inbox.entries).toEqual([]);
  await answered(sent, received, made.alice, bob);
});

test("a token that its service calls dead: 480 at once, as for a call", async () => {
  const { stack, awake, wake } = await asleep("bob");
  const sent = awake.say("INFO");
  await expect.poll(() => stack.sns.inbox.entries.length, { interval: 5 }).toBe(1);
  const woken = await wake();
  await answered(sent, await woken.phone.request("INFO"), awake, woken);
  await lose(woken.phone, stack);
  stack.sns.endpoints.disableToken("the-token");
  awake.say("INFO");
  expect((await awake.phone.final("INFO")).status).toBe(480);
});

test.each(["INFO", "INVITE"])(
  "a side that cannot be pushed and is not there is not waited for: the %s gets 480",
  async (method) => {
    const made = await dialog();
    await lose(made.bob.phone, made.stack);
    made.alice.say(method);
    expect((await made.alice.phone.final(method)).status).toBe(480);
  },
);

test("a phone that has unregistered is gone, not asleep: 480, and no push (RFC 3261 §10.2.2)", async () => {
  const made = await dialog({ bob: FCM });
  await made.bob.phone.register({ ...made.devices.bob, expires: 0 });
  made.alice.say("BYE");
  expect((await made.alice.phone.final("BYE")).status).toBe(480);
  expect(made.stack.sns.inbox.entries).toEqual([]);
});

test("a phone that sleeps is known by its GRUU, and hears the request under its contact (RFC 5627 §6.1)", async () => {
  const { stack, devices, awake, wake } = await asleep("bob");
  const gruu = `sip:bob@localhost;gr=urn:uuid:${devices.bob.instance}`;
  toTarget(awake.say("INFO"), gruu, awake.phone);
  await expect.poll(() => stack.sns.inbox.entries.length, { interval: 5 }).toBe(2);
  const woken = await wake();
  await woken.phone.request("INFO");
  expect((await woken.phone.request("MESSAGE")).startLine).toBe(
    "MESSAGE sip:bob@bob.invalid;transport=ws SIP/2.0",
  );
});

test("the GRUU of another device of the user is not resolved to this one's contact, nor asked whether it holds", async () => {
  const { stack, alice, bob } = await dialog();
  const instance = crypto.randomUUID();
  const tablet = await WirePhone.connect(stack.port, "bob");
  const answer = await tablet.register({ instance }, { headers: "Supported: gruu\r\n" });
  const own = answer.all("Contact").find((contact) => contact.includes(instance)) ?? "";
  const temp = /;temp-gruu="([^"]*)"/.exec(own)?.[1] ?? "";
  for (const gruu of [`sip:bob@localhost;gr=urn:uuid:${instance}`, temp]) {
    toTarget(alice.say("INFO"), gruu, alice.phone);
    await bob.phone.request("INFO");
    expect((await bob.phone.request("MESSAGE")).startLine).toBe(`MESSAGE ${gruu} SIP/2.0`);
  }
  await heardNothingMore(tablet);
});

test("a temporary GRUU whose phone has gone, or has begun anew, is nobody's (404, RFC 5627 §5.3)", async () => {
  const { stack, devices, alice, ...made } = await dialog();
  const gruus = { headers: "Supported: gruu\r\n" };
  const tempOf = ({ text }: WireMessage) => /;temp-gruu="([^"]*)"/.exec(text)?.[1] ?? "";
  const temp = tempOf(await made.bob.phone.register(devices.bob, gruus));
  await lose(made.bob.phone, stack);
  toTarget(alice.say("INFO"), temp, alice.phone);
  expect((await alice.phone.final("INFO")).status).toBe(480);
  expect((await alice.phone.final("MESSAGE")).status).toBe(404);
  const bob = await WirePhone.connect(stack.port, "bob");
  const anew = tempOf(await bob.register(devices.bob, gruus));
  toTarget(alice.say("INFO"), temp, alice.phone);
  await bob.request("INFO");
  expect((await alice.phone.final("MESSAGE")).status).toBe(404);
  toTarget(alice.say("INFO"), anew, alice.phone);
  expect((await bob.request("MESSAGE")).startLine).toBe("MESSAGE sip:bob@bob.invalid;transport=ws SIP/2.0");
});

/** Says a MESSAGE to this URI within the dialog that a request belongs to. */
function toTarget({ text }: WireMessage, uri: string, phone: WirePhone): void {
  phone.say(
    text
      .replace(/^\w+ \S+/, `MESSAGE ${uri}`)
      .replace(/branch=\w+/, `branch=z9hG4bK${token()}`)
      .replace(/CSeq: .*/, "CSeq: 900 MESSAGE"),
  );
}

/** Alice's dialog with Carol, who has proved who she is and never registered. */
async function withStranger() {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  const carol = await WirePhone.connect(stack.port, "carol");
  const challenged = carol.invite("alice");
  const challenge = await carol.final("INVITE");
  carol.acknowledge(challenged, challenge);
  const credentials = carol.credentials(challenge, "INVITE", "sip:alice@localhost");
  const invite = carol.invite("alice", `Proxy-Authorization: ${credentials}\r\n`);
  const received = await alice.request("INVITE");
  alice.answer(received, 200, "OK");
  const ok = await carol.response(200, "INVITE");
  carol.acknowledge(invite, ok);
  await alice.request("ACK");
  const ends: Record<"alice" | "carol", End> = {
    alice: { phone: alice, say: (method) => alice.withinAnswered(method, received) },
    carol: { phone: carol, say: (method) => carol.withinCalled(method, invite, ok) },
  };
  return { stack, ...ends };
}

test("a side that never registered is reached over its connection, for as long as that lasts, and then not at all (430, RFC 5626 §5.3.1)", async () => {
  const { stack, alice, carol } = await withStranger();
  for (const method of ["INVITE", "INFO"]) {
    await exchange(method, carol, alice);
    await exchange(method, alice, carol);
  }
  await lose(carol.phone, stack);
  alice.say("BYE");
  expect((await alice.phone.final("BYE")).status).toBe(430);
});

/** The request with another token in its last Route, which says where it goes. */
function routedBy(text: string, change: (token: string) => string): string {
  const at = text.lastIndexOf("Route: <sip:") + "Route: <sip:".length;
  const end = text.indexOf("@", at);
  return `${text.slice(0, at)}${change(text.slice(at, end))}${text.slice(end)}`;
}

test("a Route whose token was tampered with leads nowhere, whether its side is there or asleep (403)", async () => {
  const { stack, awake } = await asleep("bob");
  const bye = awake.say("BYE").text.replace(/branch=\w+/, `branch=z9hG4bK${token()}`);
  await expect.poll(() => stack.sns.inbox.entries.length, { interval: 5 }).toBe(1);
  const changed = routedBy(bye, (sealed) => sealed.replace(/.$/, (last) => (last === "A" ? "Q" : "A")));
  awake.phone.say(changed);
  await awake.phone.response(403, "BYE");
  awake.phone.say(routedBy(bye, () => "1.AAAA"));
  await awake.phone.response(403, "BYE");
  expect(stack.sns.inbox.entries).toHaveLength(1);
});

test("the token of another dialog leads nowhere (403)", async () => {
  const { stack, awake, callId } = await asleep("bob");
  const bye = awake.say("BYE");
  await expect.poll(() => stack.sns.inbox.entries.length, { interval: 5 }).toBe(1);
  awake.phone.say(bye.text.replace(callId, token()));
  await awake.phone.response(403, "BYE");
  expect(stack.sns.inbox.entries).toHaveLength(1);
});
