import { expect, test } from "vitest";
import { localStack } from "../support/stack.ts";
import { token } from "../support/token.ts";
import { lose, WirePhone } from "../support/wire-phone.ts";

// The REGISTERs that clients really send, over their whole life, and how each looks for itself in the 200.

/** A client as it speaks. Its messages are whole, but for Call-ID, CSeq and what it asks for. */
interface Client {
  readonly name: string;
  readonly user: string;
  /** Its Contact, without what it says of time. */
  readonly contact: string;
  /** The lines of a REGISTER for so many seconds; 0 unregisters. */
  readonly register: (callId: string, cseq: number, seconds: number) => readonly string[];
  /** Whether it takes a Contact of the 200 for its own. */
  readonly isOwn: (contact: string) => boolean;
}

const uriOf = (contact: string) => /<([^>]*)>/.exec(contact)?.[1] ?? "";
const userOf = (contact: string) => /^sip:([^@]*)@/.exec(uriOf(contact))?.[1] ?? "";
const paramOf = (contact: string, name: string) =>
  new RegExp(`;${name.replace("+", "\\+")}=("[^"]*"|[^;]*)`).exec(contact.replace(/<[^>]*>/, ""))?.[1];

const SIP_JS_CONTACT =
  '<sip:u7c0k3ze@k2m9x0qv7t1a.invalid;transport=ws>;reg-id=1;+sip.instance="<urn:uuid:6e1bd0a2-5f27-4c1b-9d3e-0a1b2c3d4e5f>"';
const SIP_JS: Client = {
  name: "SIP.js",
  user: "alice",
  contact: SIP_JS_CONTACT,
  register: (callId, cseq, seconds) => [
    "REGISTER sip:localhost SIP/2.0",
    "Via: SIP/2.0/WSS k2m9x0qv7t1a.invalid;branch=z9hG4bK4410221",
    "Max-Forwards: 70",
    "To: <sip:alice@localhost>",
    "From: <sip:alice@localhost>;tag=p7h3d2s8qa",
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} REGISTER`,
    `Contact: ${SIP_JS_CONTACT};expires=${seconds}`,
    "Allow: ACK,CANCEL,INVITE,MESSAGE,BYE,OPTIONS,INFO,NOTIFY,REFER",
    "Supported: outbound",
    "User-Agent: SIP.js/0.21.2",
    "Content-Length: 0",
  ],
  // It made up its user part, and trusts that nobody else has it.
  isOwn: (contact) => userOf(contact) === "u7c0k3ze",
};

const JS_SIP_INSTANCE = '"<urn:uuid:2f0cb7d4-11e9-4a65-8f3c-5d6e7f809102>"';
const JS_SIP_CONTACT = `<sip:x9d2m0lk@r4w8jd1m6zt0.invalid;transport=ws>;+sip.ice;reg-id=1;+sip.instance=${JS_SIP_INSTANCE}`;
const JS_SIP: Client = {
  name: "JsSIP",
  user: "bob",
  contact: JS_SIP_CONTACT,
  register: (callId, cseq, seconds) => [
    "REGISTER sip:localhost SIP/2.0",
    "Via: SIP/2.0/WSS r4w8jd1m6zt0.invalid;branch=z9hG4bK881203",
    "Max-Forwards: 69",
    "To: <sip:bob@localhost>",
    'From: "Bob" <sip:bob@localhost>;tag=3c9v1kq0',
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} REGISTER`,
    `Contact: ${JS_SIP_CONTACT};expires=${seconds}`,
    `Expires: ${seconds}`,
    "Allow: INVITE,ACK,CANCEL,BYE,UPDATE,MESSAGE,OPTIONS,REFER,INFO,NOTIFY,SUBSCRIBE",
    "Supported: path,gruu,outbound",
    "User-Agent: JsSIP 3.13.8",
    "Content-Length: 0",
  ],
  isOwn: (contact) =>
    paramOf(contact, "+sip.instance") === JS_SIP_INSTANCE &&
    Number.parseInt(paramOf(contact, "reg-id") ?? "", 10) === 1,
};

const APPLE_PAIR = `${"A".repeat(64)}:voip&${"B".repeat(64)}:remote`;
const linphoneContact = (address: string) =>
  `<sip:carol@${address};transport=tls;pn-provider=apns.dev;pn-param=TEAM123456.org.acme.phone.voip&remote;pn-prid=${APPLE_PAIR};pn-timeout=0;pn-silent=1;pn-call-str=IC_MSG>;+sip.instance="<urn:uuid:9a3c1e5f-7b20-4d68-a1f4-c0ffee123456>"`;
const linphoneRegister = (callId: string, cseq: number, contacts: readonly string[]) => [
  "REGISTER sip:localhost SIP/2.0",
  "Via: SIP/2.0/TLS 10.1.2.3:50812;branch=z9hG4bK.Vx~2mQ8tL;rport",
  "From: <sip:carol@localhost>;tag=kT4z~Q1cB",
  "To: sip:carol@localhost",
  `CSeq: ${cseq} REGISTER`,
  `Call-ID: ${callId}`,
  "Max-Forwards: 70",
  "Supported: replaces, outbound, gruu",
  "Accept: application/sdp, text/plain, application/vnd.gsma.rcs-ft-http+xml",
  ...contacts.map((contact) => `Contact: ${contact}`),
  "User-Agent: LinphoneiOS/5.2.3 (iPhone) LinphoneSDK/5.3.71",
  "Content-Length: 0",
];
const LINPHONE: Client = {
  name: "Linphone",
  user: "carol",
  contact: linphoneContact("10.1.2.3:50812"),
  register: (callId, cseq, seconds) =>
    linphoneRegister(callId, cseq, [`${linphoneContact("10.1.2.3:50812")};expires=${seconds}`]),
  isOwn: (contact) => uriOf(contact) === uriOf(linphoneContact("10.1.2.3:50812")),
};

const PJ_TOKEN = ";pn-provider=fcm;pn-param=acme-1;pn-prid=pj-token";
/** What every phone calls itself that thinks its host is "localhost". */
const PJ_SHARED = "00000000-0000-0000-0000-00001a2b3c4d";
const pjUri = (address: string) => `<sip:carol@${address};transport=TLS;ob${PJ_TOKEN}>`;
const pjContact = (address: string, instance = PJ_SHARED) =>
  `${pjUri(address)};reg-id=1;+sip.instance="<urn:uuid:${instance}>"`;
const pjRegister = (callId: string, cseq: number, contacts: readonly string[], more: readonly string[]) => [
  "REGISTER sip:localhost SIP/2.0",
  "Via: SIP/2.0/TLS 198.51.100.7:34531;rport;branch=z9hG4bKPjq1w2e3r4t5y6;alias",
  "Max-Forwards: 70",
  "From: <sip:carol@localhost>;tag=7f3kPj",
  "To: <sip:carol@localhost>",
  `Call-ID: ${callId}`,
  `CSeq: ${cseq} REGISTER`,
  "User-Agent: PJSUA v2.14 Linux-6.1",
  "Supported: outbound, path",
  ...contacts.map((contact) => `Contact: ${contact}`),
  ...more,
  "Allow: PRACK, INVITE, ACK, BYE, CANCEL, UPDATE, INFO, SUBSCRIBE, NOTIFY, REFER, MESSAGE, OPTIONS",
  "Content-Length: 0",
];
const PJSIP: Client = {
  name: "PJSIP",
  user: "carol",
  contact: pjContact("10.0.0.9:32531"),
  // The time in a header of its own.
  register: (callId, cseq, seconds) =>
    pjRegister(callId, cseq, [pjContact("10.0.0.9:32531")], [`Expires: ${seconds}`]),
  isOwn: (contact) => uriOf(contact) === uriOf(pjUri("10.0.0.9:32531")),
};

const BARESIP_CONTACT =
  '<sip:bob-1f2e@192.0.2.44:40122;transport=tcp>;+sip.instance="<urn:uuid:c1a8f7d2-03b4-4d5e-9f60-718293a4b5c6>";reg-id=1';
const BARESIP: Client = {
  name: "baresip",
  user: "bob",
  contact: BARESIP_CONTACT,
  register: (callId, cseq, seconds) => [
    "REGISTER sip:localhost SIP/2.0",
    "Via: SIP/2.0/WS 192.0.2.44:40122;branch=z9hG4bK5d2f0a;rport",
    `Contact: ${BARESIP_CONTACT.replace(">;", `>;expires=${seconds};`)}`,
    "Max-Forwards: 70",
    "To: <sip:bob@localhost>",
    "From: <sip:bob@localhost>;tag=9b1c4e",
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} REGISTER`,
    "User-Agent: baresip v3.14.0 (x86_64/Linux)",
    "Supported: gruu, outbound, path",
    "Allow: INVITE,ACK,BYE,CANCEL,OPTIONS,NOTIFY,SUBSCRIBE,INFO,MESSAGE,UPDATE,REFER",
    "Content-Length: 0",
  ],
  isOwn: (contact) => uriOf(contact) === uriOf(BARESIP_CONTACT),
};

const CLIENTS = [SIP_JS, JS_SIP, LINPHONE, PJSIP, BARESIP];

test.each(CLIENTS.map((client) => [client.name, client] as const))(
  "%s registers, refreshes, is called and unregisters, and finds itself in every 200 (RFC 3261 §10.2)",
  async (_name, { user, contact, register, isOwn }) => {
    const now = Date.now();
    const { port } = await localStack({}, () => now);
    const caller = await WirePhone.registered(port, user === "alice" ? "bob" : "alice");
    const desk = await WirePhone.registered(port, user, { instance: crypto.randomUUID() });
    const [other] = await desk.bindings();
    const phone = await WirePhone.connect(port, user);
    const callId = token();
    // With the challenge, each takes two CSeqs.
    for (const cseq of [1, 3]) {
      const asked = register(callId, cseq, 600);
      const answer = await phone.ask(asked);
      expect(answer.startLine).toBe("SIP/2.0 200 OK");
      expect(answer.all("Via")).toHaveLength(1);
      // Who asks for it is told where it comes from (RFC 3581 §4).
      const via = answer.one("Via").replace(/(;rport)=\d+(.*);received=127\.0\.0\.1$/, "$1$2");
      expect(via.replace(/branch=[^;]*/, "")).toBe(asked[1]?.replace(/^Via: |branch=[^;]*/g, ""));
      const own = answer.all("Contact").filter(isOwn);
      expect(own).toHaveLength(1);
      expect(paramOf(own[0] ?? "", "expires")).toBe("600");
      for (const part of contact.split(/;(?![^<]*>)/)) expect(own[0]).toContain(part);
      expect(answer.all("Contact")).toHaveLength(2);
      for (const each of answer.all("Contact")) expect(each).toMatch(/;expires=\d+(;|$)/);
    }
    caller.invite(user);
    desk.answer(await desk.request("INVITE"), 486, "Busy Here");
    const received = await phone.request("INVITE");
    expect(received.startLine).toBe(`INVITE ${uriOf(contact).replace(/;pn-[^;>]*/g, "")} SIP/2.0`);
    phone.answer(received, 200, "OK");
    await caller.response(200, "INVITE");
    const gone = await phone.ask(register(callId, 5, 0));
    expect(gone.all("Contact").map(uriOf)).toEqual([uriOf(other ?? "")]);
  },
);

test("JsSIP ends all registrations by a star that carries its contact's parameters (RFC 3261 §10.2.2)", async () => {
  const { port } = await localStack();
  const desk = await WirePhone.registered(port, "bob", { instance: crypto.randomUUID() });
  const phone = await WirePhone.connect(port, "bob");
  const callId = token();
  await phone.ask(JS_SIP.register(callId, 1, 600));
  const lines = JS_SIP.register(callId, 3, 0).map((line) =>
    line.startsWith("Contact") ? "Contact: *;pn-provider=fcm;pn-param=app;pn-prid=token" : line,
  );
  expect((await phone.ask(lines)).startLine).toBe("SIP/2.0 200 OK");
  expect(await desk.bindings()).toEqual([]);
});

/** What a phone says first, on one network, and then on another: its new contact beside its old one, to be removed. */
const MOVES = [
  [
    "PJSIP, under the instance that all phones called localhost share",
    pjRegister("move", 1, [`${pjContact("10.0.0.9:32531")};expires=300`], []),
    pjRegister(
      "move",
      3,
      [`${pjContact("198.51.100.7:34531")};expires=300`, `${pjUri("10.0.0.9:32531")};expires=0`],
      [],
    ),
  ],
  [
    "PJSIP, under an instance of its own",
    pjRegister("move", 1, [`${pjContact("10.0.0.9:32531", "5b8e-77")};expires=300`], []),
    pjRegister(
      "move",
      3,
      [`${pjContact("198.51.100.7:34531", "5b8e-77")};expires=300`, `${pjUri("10.0.0.9:32531")};expires=0`],
      [],
    ),
  ],
  [
    "PJSIP, the old contact first",
    pjRegister("move", 1, [`${pjContact("10.0.0.9:32531")};expires=300`], []),
    pjRegister(
      "move",
      3,
      [`${pjUri("10.0.0.9:32531")};expires=0`, `${pjContact("198.51.100.7:34531")};expires=300`],
      [],
    ),
  ],
  [
    "Linphone, which names its instance in both",
    linphoneRegister("move", 20, [`${linphoneContact("10.1.2.3:50812")};expires=3600`]),
    linphoneRegister("move", 22, [
      `${linphoneContact("198.51.100.7:34531")};expires=3600`,
      `${linphoneContact("10.1.2.3:50812")};expires=0`,
    ]),
  ],
  [
    "Linphone, anew after its process has died, under another Call-ID",
    linphoneRegister("move", 20, [`${linphoneContact("10.1.2.3:50812")};expires=3600`]),
    linphoneRegister("moved", 20, [
      `${linphoneContact("198.51.100.7:34531")};expires=3600`,
      `${linphoneContact("10.1.2.3:50812")};expires=0`,
    ]),
  ],
] as const;

test.each(MOVES)(
  "a phone that changes its network stays reachable, once, under its new contact only: %s",
  async (_who, before, after) => {
    const stack = await localStack();
    const alice = await WirePhone.registered(stack.port, "alice");
    const onWifi = await WirePhone.connect(stack.port, "carol");
    expect((await onWifi.ask(before)).all("Contact")).toHaveLength(1);
    const onLte = await WirePhone.connect(stack.port, "carol");
    const moved = await onLte.ask(after);
    expect(moved.all("Contact")).toHaveLength(1);
    expect(uriOf(moved.one("Contact"))).toContain("198.51.100.7:34531");
    // The end of the old network is noticed late, if at all.
    await lose(onWifi, stack);
    alice.invite("carol");
    const received = await onLte.request("INVITE");
    expect(received.startLine).toContain("198.51.100.7:34531");
    onLte.answer(received, 200, "OK");
    await alice.response(200, "INVITE");
    await onLte.caughtUp();
    expect(onLte.unasked).toEqual([]);
    expect(stack.sns.inbox.entries).toEqual([]);
  },
);
