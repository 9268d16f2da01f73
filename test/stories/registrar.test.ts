import { expect, test } from "vitest";
import { localStack } from "../support/stack.ts";
import { lose, WirePhone } from "../support/wire-phone.ts";

/** A Contact line of Bob's. */
const line = (host: string, uriParams = "", params = "") =>
  `Contact: <sip:bob@${host}.invalid;transport=ws${uriParams}>${params}\r\n`;

/** Bob, connected, in a stack of his own where no time passes. */
async function bobConnected() {
  const now = Date.now();
  const stack = await localStack({}, () => now);
  return { stack, bob: await WirePhone.connect(stack.port, "bob") };
}

test("a REGISTER that requires what we do not know is refused, says what that is, and changes nothing (420, RFC 3261 §10.3 step 2)", async () => {
  const { bob } = await bobConnected();
  const answer = await bob.register({}, { headers: "Require: path, teleport\r\nRequire: 100rel, gruu\r\n" });
  expect(answer.startLine).toBe("SIP/2.0 420 Bad Extension");
  expect(answer.one("Unsupported")).toBe("teleport, 100rel");
  expect(await bob.bindings()).toEqual([]);
});

test("a REGISTER may require what we know (RFC 3327, RFC 5626, RFC 5627, RFC 3840)", async () => {
  const { bob } = await bobConnected();
  const answer = await bob.register({}, { headers: "Require: path, outbound, gruu, pref\r\n" });
  expect(answer.status).toBe(200);
});

test.each([
  ["a contact that cannot be pushed", "", 59, 60],
  [
    "one that can: a push must still be able to refresh it (RFC 8599 §5.6.1.1)",
    ";pn-provider=fcm;pn-param=app;pn-prid=t",
    179,
    180,
  ],
])(
  "too short a time is refused and the shortest told, %s (423, RFC 3261 §10.3)",
  async (_what, push, asked, least) => {
    const { bob } = await bobConnected();
    const refused = await bob.register({}, { contacts: line("bob", push, `;expires=${asked}`) });
    expect(refused.startLine).toBe("SIP/2.0 423 Interval Too Brief");
    expect(refused.one("Min-Expires")).toBe(String(least));
    expect(await bob.bindings()).toEqual([]);
    const granted = await bob.register({}, { contacts: line("bob", push, `;expires=${least}`) });
    expect(granted.one("Contact")).toContain(`;expires=${least}`);
  },
);

test.each([
  ["an hour for a contact that cannot be pushed", "", 3_600],
  [
    "30 days for one that can, so that a phone that was off still rings",
    ";pn-provider=fcm;pn-param=app;pn-prid=t",
    2_592_000,
  ],
])("too long a time is cut, not refused: %s (RFC 3261 §10.3 step 7)", async (_what, push, most) => {
  const { bob } = await bobConnected();
  const answer = await bob.register({}, { contacts: line("bob", push, ";expires=99999999") });
  expect(answer.one("Contact")).toContain(`;expires=${most}`);
});

test("nobody registers for another, nor asks where another is, nor unregisters him (403, RFC 3261 §10.3 step 4)", async () => {
  const { stack } = await bobConnected();
  const bob = await WirePhone.registered(stack.port, "bob");
  const alice = await WirePhone.connect(stack.port, "alice");
  for (const contacts of [line("alice"), "", "Contact: *\r\nExpires: 0\r\n"]) {
    const answer = await alice.register({}, { of: "bob", contacts });
    expect(answer.startLine).toBe("SIP/2.0 403 Not Your Address");
    expect(answer.text).not.toContain("bob.invalid");
  }
  expect(await bob.bindings()).toHaveLength(1);
});

test.each([
  ["the address itself", "Contact: <sip:bob@localhost>\r\n"],
  ["a GRUU of the domain", "Contact: <sip:bob@localhost;gr=urn:uuid:1>\r\n"],
  ["no SIP URI", "Contact: <mailto:bob@localhost>\r\n"],
])(
  "a Contact that is %s is refused: a call to it would not arrive (403, RFC 5627 §5.1)",
  async (_what, contacts) => {
    const { bob } = await bobConnected();
    expect((await bob.register({}, { contacts })).status).toBe(403);
    expect(await bob.bindings()).toEqual([]);
  },
);

test("a REGISTER without a Contact asks, is told everything, and changes nothing (RFC 3261 §10.2.3)", async () => {
  const { stack, bob } = await bobConnected();
  const tablet = { instance: crypto.randomUUID(), token: "tablet-token" };
  await lose(await WirePhone.registered(stack.port, "bob", tablet), stack);
  await bob.register({ instance: crypto.randomUUID() });
  for (const _time of ["once", "twice"]) {
    const answer = await bob.register({}, { contacts: "" });
    expect(answer.status).toBe(200);
    // The sleeping one, too, with its own parameters: it is the same user who asks.
    expect(answer.all("Contact").map((contact) => contact.replace(/;expires=\d+/, ""))).toEqual([
      expect.stringContaining("pn-prid=tablet-token"),
      expect.stringContaining("bob.invalid;transport=ws>"),
    ]);
    for (const contact of answer.all("Contact")) expect(contact).toMatch(/;expires=600$/);
    expect(answer.one("Date")).toMatch(/ GMT$/);
  }
});

test.each([
  ["with a time that is not 0", "Contact: *\r\nExpires: 60\r\n"],
  ["without a time", "Contact: *\r\n"],
  ["beside another contact", `Contact: *\r\n${line("bob")}Expires: 0\r\n`],
])("a star %s is malformed and ends nothing (400, RFC 3261 §10.3 step 6)", async (_what, contacts) => {
  const { bob } = await bobConnected();
  await bob.register();
  expect((await bob.register({}, { contacts })).status).toBe(400);
  expect(await bob.bindings()).toHaveLength(1);
});

test("a star with Expires: 0 ends every registration, also those that sleep (RFC 3261 §10.2.2)", async () => {
  const { stack, bob } = await bobConnected();
  const alice = await WirePhone.registered(stack.port, "alice");
  const asleep = { instance: crypto.randomUUID(), token: "tablet-token" };
  await lose(await WirePhone.registered(stack.port, "bob", asleep), stack);
  await bob.register();
  const answer = await bob.register({}, { contacts: "Contact: *\r\nExpires: 0\r\n" });
  expect(answer.status).toBe(200);
  expect(answer.all("Contact")).toEqual([]);
  alice.invite("bob");
  expect((await alice.final("INVITE")).status).toBe(480);
  expect(stack.sns.inbox.entries).toEqual([]);
});

test("two flows in one REGISTER are refused: one REGISTER, one flow (400, RFC 5626 §6)", async () => {
  const { bob } = await bobConnected();
  const flow = (regId: number) => line(`bob${regId}`, "", `;reg-id=${regId};+sip.instance="<urn:uuid:1>"`);
  expect((await bob.register({}, { contacts: `${flow(1)}${flow(2)}` })).status).toBe(400);
  expect(await bob.bindings()).toEqual([]);
});

test.each([
  ["which services there are, a header line each", ";pn-provider", ["apns", "apns.dev", "fcm", "webpush"]],
  ["whether there is one", ";pn-provider=fcm", ["fcm"]],
])(
  "a phone may ask %s; that registers it, and pushes nothing (RFC 8599 §4.1.5, §5.6.1.2)",
  async (_what, query, services) => {
    const { stack, bob } = await bobConnected();
    const alice = await WirePhone.registered(stack.port, "alice");
    const answer = await bob.register({}, { contacts: line("bob", query) });
    expect(answer.status).toBe(200);
    const told = answer.all("Feature-Caps").map((caps) => caps.replace(/;\+sip\.vapid="[\w-]{87}"$/, ""));
    expect(told).toEqual(services.map((service) => `*;+sip.pns="${service}"`));
    await lose(bob, stack);
    alice.invite("bob");
    expect((await alice.final("INVITE")).status).toBe(480);
    expect(stack.sns.inbox.entries).toEqual([]);
  },
);

test("a phone with a token hears which service will wake it, and by which name; not what else there is (RFC 8599 §5.6.1.1, §6.2.1)", async () => {
  const { bob } = await bobConnected();
  const target = ";pn-provider=fcm;pn-param=app;pn-prid=bob-token";
  const answer = await bob.register({}, { contacts: line("bob", target, ";+sip.pnsreg") });
  expect(answer.all("Feature-Caps")).toEqual([
    expect.stringMatching(/^\*;\+sip\.pns="fcm";\+sip\.pnsreg="130";\+sip\.pnspurr="[A-Za-z0-9._-]+"$/),
  ]);
  const modest = await bob.register({}, { contacts: line("bob", target) });
  expect(modest.one("Feature-Caps")).not.toContain("pnsreg");
});

test.each([
  ["asks about", ";pn-provider=acme"],
  ["has a token of", ";pn-provider=acme;pn-prid=TOKEN"],
])(
  "a phone that %s a service that we cannot reach is told so (555, RFC 8599 §5.6.1.1)",
  async (_what, params) => {
    const { bob } = await bobConnected();
    const answer = await bob.register({}, { contacts: line("bob", params) });
    expect(answer.startLine).toBe("SIP/2.0 555 Push Notification Service Not Supported");
    expect(await bob.bindings()).toEqual([]);
  },
);

test("a phone turns push off by registering without a token: it is asleep no more, but away (RFC 8599 §4.1.2)", async () => {
  const { stack, bob } = await bobConnected();
  const alice = await WirePhone.registered(stack.port, "alice");
  const instance = crypto.randomUUID();
  await bob.register({ instance, token: "bob-token" });
  expect((await bob.register({ instance })).all("Contact")).toEqual([expect.not.stringContaining("pn-")]);
  await lose(bob, stack);
  alice.invite("bob");
  expect((await alice.final("INVITE")).status).toBe(480);
});

const SECRET = "5ec2e70c0ffee5ec2e70c0ffee";
test.each([
  ["in the URI", line("bob", `;pn-provider=fcm;pn-param=acme-1;pn-prid=${SECRET};pn-timeout=0`)],
  ["behind the URI", line("bob", "", `;pn-provider=fcm;pn-param=acme-1;pn-prid="${SECRET}"`)],
  [
    "as a pair",
    line("bob", `;pn-provider=apns;pn-param=T.a.b.voip&remote;pn-prid=${SECRET}:voip&${SECRET}:remote`),
  ],
  ["in the older way", line("bob", `;app-id=acme-1.voip.prod;pn-type=apple;pn-tok=${SECRET}`)],
  [
    "in a header of its own",
    `${line("bob")}X-P-Push: device-os=ios;device-uid=${SECRET};allow-call-push=true;app-id=acme-1\r\n`,
  ],
])("a token %s wakes its phone and is seen by nobody else (RFC 8599 §4.1, §13)", async (_where, contacts) => {
  const { stack, bob } = await bobConnected();
  const alice = await WirePhone.registered(stack.port, "alice");
  await bob.register({}, { contacts });
  await lose(bob, stack);
  const invite = alice.invite("bob");
  const heard = [await alice.response(182)];
  expect(stack.sns.inbox.entries).toMatchObject([{ token: SECRET }]);
  const woken = await WirePhone.connect(stack.port, "bob");
  await woken.register({}, { contacts });
  const received = await woken.request("INVITE");
  // What it answers with is its Contact as it registered it.
  woken.target = /<([^>]*)>/.exec(contacts)?.[1];
  woken.answer(received, 180, "Ringing");
  woken.answer(received, 200, "OK");
  heard.push(await alice.response(180), await alice.response(200, "INVITE"), received);
  alice.acknowledge(invite, heard[2] as (typeof heard)[number]);
  heard.push(await woken.request("ACK"));
  // Words that are long enough not to be read into what we seal.
  for (const { text } of heard)
    expect(text).not.toMatch(/pn-(provider|param|prid|type|tok)|5ec2e70c0ffee|acme-1|app-id/);
});

test("a phone whose own proxy says that it pushes for it is not pushed by us (RFC 8599 §5.6.1.1)", async () => {
  const { stack, bob } = await bobConnected();
  const alice = await WirePhone.registered(stack.port, "alice");
  const contacts = line("bob", ";pn-provider=fcm;pn-param=app;pn-prid=t");
  const answer = await bob.register({}, { contacts, headers: 'Feature-Caps: *;+sip.pns="fcm"\r\n' });
  expect(answer.status).toBe(200);
  expect(answer.all("Feature-Caps")).toEqual([]);
  await lose(bob, stack);
  alice.invite("bob");
  expect((await alice.final("INVITE")).status).toBe(480);
  expect(stack.sns.inbox.entries).toEqual([]);
});

test("a request to the name that a phone got for its dialogs finds it, and wakes it (RFC 8599 §6.2.3)", async () => {
  const { stack, bob } = await bobConnected();
  const alice = await WirePhone.registered(stack.port, "alice");
  const contacts = line("bob", ";pn-provider=fcm;pn-param=app;pn-prid=bob-token");
  const answer = await bob.register({}, { contacts });
  const purr = /\+sip\.pnspurr="([^"]*)"/.exec(answer.one("Feature-Caps"))?.[1];
  await lose(bob, stack);
  const asked = alice.ask([
    `INVITE sip:bob@bob.invalid;transport=ws;pn-purr=${purr} SIP/2.0`,
    "Via: SIP/2.0/WS a.invalid;branch=z9hG4bKpurr",
    `From: <${alice.address}>;tag=1`,
    "To: <sip:bob@bob.invalid>",
    "Call-ID: purr",
    "CSeq: 1 INVITE",
    `Contact: <${alice.contactUri()}>`,
    "Content-Length: 0",
  ]);
  await alice.response(182);
  const woken = await WirePhone.connect(stack.port, "bob");
  await woken.register({}, { contacts });
  woken.answer(await woken.request("INVITE"), 200, "OK");
  expect((await asked).status).toBe(200);
});

test("two phones that share PJSIP's instance of localhost are two phones, and both ring", async () => {
  const { stack, bob } = await bobConnected();
  const alice = await WirePhone.registered(stack.port, "alice");
  const second = await WirePhone.connect(stack.port, "bob");
  const shared = ';reg-id=1;+sip.instance="<urn:uuid:00000000-0000-0000-0000-00001a2b3c4d>"';
  await bob.register({}, { contacts: line("one", "", shared) });
  const answer = await second.register({}, { contacts: line("two", "", shared) });
  expect(answer.all("Contact")).toHaveLength(2);
  alice.invite("bob");
  expect((await bob.request("INVITE")).startLine).toContain("one.invalid");
  expect((await second.request("INVITE")).startLine).toContain("two.invalid");
});

test("an eleventh phone is refused while ten are awake, and takes the place of one that sleeps (RFC 3261 §10.3)", async () => {
  const { stack, bob } = await bobConnected();
  const sleepy = { instance: crypto.randomUUID(), token: "sleepy-token" };
  const tenth = await WirePhone.registered(stack.port, "bob", sleepy);
  for (let at = 0; at < 9; at++) await bob.register({}, { contacts: line(`phone${at}`) });
  const late = { instance: crypto.randomUUID() };
  const refused = await bob.register(late);
  expect(refused.startLine).toBe("SIP/2.0 403 Too Many Contacts");
  expect(await bob.bindings()).toHaveLength(10);
  await lose(tenth, stack);
  // The server has noticed that the tenth is gone; when it has written that down, there is room.
  await expect.poll(async () => (await bob.register(late)).status, { interval: 5 }).toBe(200);
  const contacts = await bob.bindings();
  expect(contacts).toHaveLength(10);
  expect(contacts.join()).not.toContain("sleepy");
  expect(contacts.join()).toContain(late.instance);
});
