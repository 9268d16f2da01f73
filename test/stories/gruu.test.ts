import { expect, test } from "vitest";
import type { ContactOptions } from "../support/sip-phone.ts";
import { localStack } from "../support/stack.ts";
import { token } from "../support/token.ts";
import type { WireMessage } from "../support/wire-message.ts";
import { heardNothingMore, lose, WirePhone } from "../support/wire-phone.ts";

const GRUU = { headers: "Supported: gruu\r\n" };

/** The GRUUs of a device in the answer to its REGISTER, as JsSIP reads them: without their quotes. */
function gruusOf(answer: WireMessage, instance: string) {
  const contact = answer.all("Contact").find((each) => each.includes(instance)) ?? "";
  const [pub = "", temp = ""] = ["pub-gruu", "temp-gruu"].map(
    (name) => new RegExp(`;${name}="([^"]*)"`).exec(contact)?.[1],
  );
  return { pub, temp };
}

/** Alice; and Bob's phone, which knows its GRUUs, and his tablet, which is not meant. */
async function bobWithGruus(more: ContactOptions = {}) {
  // No two registrations are of one moment.
  let now = Date.now();
  const stack = await localStack({}, () => ++now);
  const alice = await WirePhone.registered(stack.port, "alice");
  const instance = crypto.randomUUID();
  const device = { ...more, instance };
  const callId = token();
  const phone = await WirePhone.connect(stack.port, "bob");
  const gruus = gruusOf(await phone.register(device, { ...GRUU, callId }), instance);
  const tablet = await WirePhone.registered(stack.port, "bob", { instance: crypto.randomUUID() });
  return { stack, alice, phone, tablet, device, callId, ...gruus };
}

/** Calls a URI, not a user. */
function call(caller: WirePhone, uri: string): void {
  caller.say(
    `INVITE ${uri} SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK${token()}\r\nMax-Forwards: 70\r\nFrom: <${caller.address}>;tag=${token()}\r\nTo: <${uri}>\r\nCall-ID: ${token()}\r\nCSeq: 1 INVITE\r\nContact: <${caller.target ?? caller.contactUri()}>\r\nContent-Length: 0\r\n\r\n`,
  );
}

async function statusOfCall(caller: WirePhone, uri: string): Promise<number | undefined> {
  call(caller, uri);
  return (await caller.final("INVITE")).status;
}

test("a client that knows GRUUs gets a public one, which says whose it is, and a temporary one, which does not (RFC 5627 §5.2)", async () => {
  const { pub, temp, device } = await bobWithGruus();
  expect(pub).toBe(`sip:bob@localhost;gr=urn:uuid:${device.instance}`);
  expect(temp).toMatch(/^sip:tgruu\.[A-Za-z0-9._-]+@localhost;gr$/);
  expect(temp).not.toContain("bob@");
  expect(temp).not.toContain(device.instance);
});

test("a client that does not know GRUUs is not bothered with them, and one without an instance has none (RFC 5627 §5.2)", async () => {
  const { port } = await localStack();
  const bob = await WirePhone.connect(port, "bob");
  expect((await bob.register({ instance: crypto.randomUUID() })).text).not.toContain("gruu=");
  const carol = await WirePhone.connect(port, "carol");
  expect((await carol.register({}, GRUU)).text).not.toContain("gruu=");
});

test("what a client says its GRUUs are does not count (RFC 5627 §5.1)", async () => {
  const { port } = await localStack();
  const bob = await WirePhone.connect(port, "bob");
  const instance = crypto.randomUUID();
  const contacts = `Contact: <${bob.contactUri()}>;reg-id=1;+sip.instance="<urn:uuid:${instance}>";pub-gruu="sip:alice@localhost;gr=1";temp-gruu="sip:alice@localhost;gr"\r\n`;
  const answer = await bob.register({}, { ...GRUU, contacts });
  expect(answer.text).not.toContain("alice");
  expect(gruusOf(answer, instance).pub).toBe(`sip:bob@localhost;gr=urn:uuid:${instance}`);
});

test.each(["pub", "temp"] as const)(
  "a call to a %s-gruu rings its device and no other (RFC 5627 §6.1)",
  async (kind) => {
    const { alice, phone, tablet, ...gruus } = await bobWithGruus();
    call(alice, gruus[kind]);
    const received = await phone.request("INVITE");
    expect(received.startLine).toBe("INVITE sip:bob@bob.invalid;transport=ws SIP/2.0");
    phone.answer(received, 486, "Busy Here");
    expect((await alice.final("INVITE")).status).toBe(486);
    await phone.request("ACK");
    await heardNothingMore(phone, tablet);
  },
);

test("a MESSAGE to a GRUU reaches its device and no other (RFC 5627 §6.1)", async () => {
  const { alice, phone, tablet, pub } = await bobWithGruus();
  const answered = alice.ask([
    `MESSAGE ${pub} SIP/2.0`,
    "Via: SIP/2.0/WS a.invalid;branch=z9hG4bKm1",
    "Max-Forwards: 70",
    `From: <${alice.address}>;tag=m1`,
    `To: <${pub}>`,
    "Call-ID: m1",
    "CSeq: 1 MESSAGE",
    "Content-Length: 0",
  ]);
  phone.answer(await phone.request("MESSAGE"), 200, "OK");
  expect((await answered).status).toBe(200);
  await heardNothingMore(phone, tablet);
});

test("a user's devices call each other by their GRUUs (RFC 5627 §3.3)", async () => {
  const { phone, tablet, pub } = await bobWithGruus();
  call(tablet, pub);
  phone.answer(await phone.request("INVITE"), 200, "OK");
  await tablet.response(200, "INVITE");
});

test("the caller of a temp-gruu does not learn from us whose it is (RFC 5627 §5.1)", async () => {
  const { alice, phone, temp } = await bobWithGruus();
  phone.target = temp;
  call(alice, temp);
  const received = await phone.request("INVITE");
  const replied = (status: number, reason: string) =>
    phone.answer(
      { ...received, one: (name) => (name === "To" ? `<${temp}>` : received.one(name)) },
      status,
      reason,
    );
  replied(180, "Ringing");
  replied(200, "OK");
  const heard = [await alice.response(100), await alice.response(180), await alice.response(200)];
  for (const { text } of heard) expect(text).not.toMatch(/bob@|bob\.invalid/);
});

test("a new Call-ID is a new life: the old temp-gruu names nobody any more, the new one does (404, RFC 5627 §5.1)", async () => {
  const { alice, phone, device, temp, pub } = await bobWithGruus();
  const again = gruusOf(await phone.register(device, GRUU), device.instance);
  expect(again.pub).toBe(pub);
  expect(await statusOfCall(alice, temp)).toBe(404);
  call(alice, again.temp);
  await phone.request("INVITE");
});

test("a device that has unregistered: its temp-gruu names nobody (404), its pub-gruu somebody who is away (480, RFC 5627 §5.3)", async () => {
  const { alice, phone, tablet, device, callId, temp, pub } = await bobWithGruus();
  await phone.register({ ...device, expires: 0 }, { callId });
  expect(await statusOfCall(alice, temp)).toBe(404);
  expect(await statusOfCall(alice, pub)).toBe(480);
  // Nor does it live again when the device comes back, under whatever Call-ID.
  await phone.register(device, { callId });
  expect(await statusOfCall(alice, temp)).toBe(404);
  await heardNothingMore(phone, tablet);
});

test("every refresh brings another temp-gruu: all of them hold, and nobody sees that they are one device's (RFC 5627 §5.1)", async () => {
  const { alice, phone, device, callId, temp } = await bobWithGruus();
  const temps = [temp];
  for (let refresh = 0; refresh < 3; refresh++) {
    temps.push(gruusOf(await phone.register(device, { ...GRUU, callId }), device.instance).temp);
  }
  const sealed = temps.map((each) => /^sip:tgruu\.1\.(.*)@localhost;gr$/.exec(each)?.[1] ?? "");
  const octets = sealed.map((each) => Buffer.from(each, "base64url"));
  expect(new Set(octets.map((each) => each.subarray(0, 8).toString("hex"))).size).toBe(4);
  // Of octets that have nothing to do with each other one in 256 agrees.
  const [one = Buffer.of(), other = Buffer.of()] = octets;
  expect(one.filter((octet, at) => octet === other[at]).length).toBeLessThan(12);
  for (const each of temps) {
    call(alice, each);
    phone.answer(await phone.request("INVITE"), 486, "Busy Here");
    expect((await alice.final("INVITE")).status).toBe(486);
  }
});

test("a forged GRUU names nobody: not a temp-gruu with an octet changed, nor of another domain, nor a made-up one (404, RFC 5627 §6.1)", async () => {
  const { alice, phone, tablet, temp } = await bobWithGruus();
  const changed = temp.replace(/.(?=@)/, (last) => (last === "A" ? "Q" : "A"));
  for (const uri of [
    changed,
    "sip:tgruu.1.AAAA@localhost;gr",
    "sip:bob@localhost;gr",
    temp.replace("tgruu", "x"),
  ]) {
    expect(await statusOfCall(alice, uri)).toBe(404);
  }
  expect(await statusOfCall(alice, "sip:bob@localhost;gr=urn:uuid:nobody")).toBe(480);
  expect(await statusOfCall(alice, "sip:nobody@localhost;gr=urn:uuid:nobody")).toBe(404);
  await heardNothingMore(phone, tablet);
});

test.each(["pub", "temp"] as const)(
  "a sleeping device is woken through its %s-gruu, and no other rings (RFC 8599 §5.6.2)",
  async (kind) => {
    const { stack, alice, phone, tablet, device, callId, ...gruus } = await bobWithGruus({
      token: "bob-token",
    });
    await lose(phone, stack);
    call(alice, gruus[kind]);
    await alice.response(182);
    expect(stack.sns.inbox.entries).toMatchObject([{ token: "bob-token" }]);
    const woken = await WirePhone.connect(stack.port, "bob");
    await woken.register(device, { callId });
    woken.answer(await woken.request("INVITE"), 200, "OK");
    await alice.response(200, "INVITE");
    await heardNothingMore(tablet);
  },
);

/** Bob's phone calls and says that it is reached by its GRUU. */
async function callFrom(phone: WirePhone, gruu: string, alice: WirePhone) {
  phone.target = gruu;
  const invite = phone.invite("alice");
  const received = await alice.request("INVITE");
  expect(received.one("Contact")).toBe(`<${gruu}>`);
  alice.answer(received, 200, "OK");
  phone.acknowledge(invite, await phone.response(200, "INVITE"));
  await alice.request("ACK");
  return received;
}

test.each(["pub", "temp"] as const)(
  "a peer whose Contact is a %s-gruu hears the dialog's requests under its own contact (RFC 5627 §6.1)",
  async (kind) => {
    const { alice, phone, tablet, ...gruus } = await bobWithGruus();
    const received = await callFrom(phone, gruus[kind], alice);
    for (const method of ["INFO", "BYE"]) {
      alice.withinAnswered(method, received);
      const request = await phone.request(method);
      expect(request.startLine).toBe(`${method} sip:bob@bob.invalid;transport=ws SIP/2.0`);
      phone.answer(request, 200, "OK");
      await alice.response(200, method);
    }
    await heardNothingMore(phone, tablet);
  },
);

test("a dialog by GRUU outlives the peer's socket, and finds its new contact", async () => {
  const { stack, alice, phone, device, callId, pub } = await bobWithGruus();
  const received = await callFrom(phone, pub, alice);
  await lose(phone, stack);
  const again = await WirePhone.connect(stack.port, "bob");
  await again.register(
    {},
    {
      callId,
      contacts: `Contact: <sip:bob@elsewhere.invalid;transport=ws>;reg-id=1;+sip.instance="<urn:uuid:${device.instance}>"\r\n`,
    },
  );
  alice.withinAnswered("BYE", received);
  const bye = await again.request("BYE");
  expect(bye.startLine).toBe("BYE sip:bob@elsewhere.invalid;transport=ws SIP/2.0");
  again.answer(bye, 200, "OK");
  await alice.response(200, "BYE");
});
