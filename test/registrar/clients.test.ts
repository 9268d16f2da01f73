import { describe, expect, test } from "vitest";
import { withoutConnection } from "../../functions/location/ended-flow.ts";
import { type Location, NOWHERE } from "../../functions/location/location.ts";
import type { SipRequest } from "../../functions/sip/message.ts";
import { NOW } from "../location/a-binding.ts";
import { request } from "../support/a-request.ts";
import { answerTo, registered, urisOf, valuesOf, WS, WS2 } from "./a-register.ts";

// The REGISTERs that clients really send, over their whole life, and what the registrar makes of them.

interface Client {
  readonly name: string;
  /** Its Contact, without what it says of time, at some address. */
  readonly contact: (address: string) => string;
  /** The lines of its REGISTER behind Call-ID and CSeq, with these Contact values. */
  readonly more: (contacts: readonly string[], seconds: number) => readonly string[];
  /** Where it says the time: with the Contact, in a header, or both. */
  readonly timed: (contact: string, seconds: number) => string;
  readonly via: string;
  readonly key: string;
  readonly address: string;
  readonly expires: number;
  readonly push: unknown;
  /** Whether it is promised outbound. */
  readonly isOutbound: boolean;
  /** Whether it learns GRUUs. */
  readonly isGruu: boolean;
}

const behind = (contact: string, seconds: number) => `${contact};expires=${seconds}`;

const SIP_JS: Client = {
  name: "SIP.js",
  contact: (address) => `<sip:u7c0k3ze@${address};transport=ws>;reg-id=1;+sip.instance="<urn:uuid:6e1b>"`,
  more: (contacts) => [
    ...contacts.map((contact) => `Contact: ${contact}`),
    "Allow: ACK,CANCEL,INVITE,MESSAGE,BYE,OPTIONS,INFO,NOTIFY,REFER",
    "Supported: outbound",
    "User-Agent: SIP.js/0.21.2",
  ],
  timed: behind,
  via: "WSS k2m9x0qv7t1a.invalid;branch=z9hG4bK4410221",
  key: "<urn:uuid:6e1b>;1",
  address: "k2m9x0qv7t1a.invalid",
  expires: 600,
  push: undefined,
  isOutbound: true,
  isGruu: false,
};

const JS_SIP: Client = {
  name: "JsSIP",
  contact: (address) =>
    `<sip:x9d2m0lk@${address};transport=ws>;+sip.ice;reg-id=1;+sip.instance="<urn:uuid:2f0c>"`,
  more: (contacts, seconds) => [
    ...contacts.map((contact) => `Contact: ${contact}`),
    `Expires: ${seconds}`,
    "Allow: INVITE,ACK,CANCEL,BYE,UPDATE,MESSAGE,OPTIONS,REFER,INFO,NOTIFY,SUBSCRIBE",
    "Supported: path,gruu,outbound",
    "User-Agent: JsSIP 3.13.8",
  ],
  timed: behind,
  via: "WSS r4w8jd1m6zt0.invalid;branch=z9hG4bK881203",
  key: "<urn:uuid:2f0c>;1",
  address: "r4w8jd1m6zt0.invalid",
  expires: 600,
  push: undefined,
  isOutbound: true,
  isGruu: true,
};

const APPLE_PAIR = `${"A".repeat(64)}:voip&${"B".repeat(64)}:remote`;
const LINPHONE: Client = {
  name: "Linphone",
  contact: (address) =>
    `<sip:carol@${address};transport=tls;pn-provider=apns.dev;pn-param=TEAM123456.org.acme.phone.voip&remote;pn-prid=${APPLE_PAIR};pn-timeout=0;pn-silent=1;pn-call-str=IC_MSG>;+sip.instance="<urn:uuid:9a>"`,
  more: (contacts) => [
    "Supported: replaces, outbound, gruu",
    ...contacts.map((contact) => `Contact: ${contact}`),
    "User-Agent: LinphoneiOS/5.2.3 LinphoneSDK/5.3.71",
  ],
  timed: behind,
  via: "TLS 10.1.2.3:50812;branch=z9hG4bK.1;rport",
  // An instance and no reg-id: no outbound, but a device that names itself.
  key: "<urn:uuid:9a>;",
  address: "10.1.2.3:50812",
  expires: 3_600,
  push: { provider: "apns.dev", param: "TEAM123456.org.acme.phone.voip&remote", prid: APPLE_PAIR },
  isOutbound: false,
  isGruu: true,
};

const PJSIP: Client = {
  name: "PJSIP",
  contact: (address) =>
    `<sip:dave@${address};transport=TLS;ob;pn-provider=fcm;pn-param=acme-1;pn-prid=TOKEN>;reg-id=1;+sip.instance="<urn:uuid:00000000-0000-0000-0000-00001a2b3c4d>"`,
  more: (contacts, seconds) => [
    "User-Agent: PJSUA v2.14 Linux-6.1",
    "Supported: outbound, path",
    ...contacts.map((contact) => `Contact: ${contact}`),
    `Expires: ${seconds}`,
  ],
  timed: (contact) => contact,
  via: "TLS 10.0.0.9:32531;rport;branch=z9hG4bKPj1;alias",
  // The instance of every phone that is called localhost: its token tells it from others.
  key: "FFZpJtFCwPjljF5e",
  address: "10.0.0.9:32531",
  expires: 300,
  push: { provider: "fcm", param: "acme-1", prid: "TOKEN" },
  isOutbound: false,
  isGruu: false,
};

const BARESIP: Client = {
  name: "baresip",
  contact: (address) => `<sip:erin-1f2e@${address};transport=ws>;+sip.instance="<urn:uuid:c1a8>";reg-id=1`,
  more: (contacts) => [
    ...contacts.map((contact) => `Contact: ${contact}`),
    "User-Agent: baresip v3.14.0 (x86_64/Linux)",
    "Supported: gruu, outbound, path",
  ],
  timed: (contact, seconds) => contact.replace(">;", `>;expires=${seconds};`),
  via: "WS 192.0.2.44:40122;branch=z9hG4bK5d2f0a;rport",
  key: "<urn:uuid:c1a8>;1",
  address: "192.0.2.44:40122",
  expires: 3_600,
  push: undefined,
  isOutbound: true,
  isGruu: true,
};

const CLIENTS = [SIP_JS, JS_SIP, LINPHONE, PJSIP, BARESIP];

function sent(
  client: Client,
  callId: string,
  cseq: number,
  contacts: readonly string[],
  seconds: number,
): SipRequest {
  return request([
    "REGISTER sip:example.com SIP/2.0",
    `Via: SIP/2.0/${client.via}`,
    "Max-Forwards: 70",
    "To: <sip:bob@example.com>",
    'From: "Bob" <sip:bob@example.com>;tag=3c9v1kq0',
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} REGISTER`,
    ...client.more(contacts, seconds),
    "Content-Length: 0",
  ]);
}

/** A client's REGISTER for its own address, for so long as it asks by itself. */
function registers(client: Client, cseq: number, seconds = client.expires, callId = "c1"): SipRequest {
  return sent(client, callId, cseq, [client.timed(client.contact(client.address), seconds)], seconds);
}

const uriIn = (contact: string) => /<([^>]*)>/.exec(contact)?.[1] ?? "";

describe.each(CLIENTS)("$name", (client) => {
  const location = registered(registers(client, 1));
  const uri = uriIn(client.contact(client.address));

  test("registers one device, which is online here for as long as it asked", () => {
    expect(location.bindings).toMatchObject([
      {
        key: client.key,
        uri,
        path: "",
        callId: "c1",
        cseq: 1,
        since: NOW,
        refreshedAt: NOW,
        expiresAt: NOW + client.expires * 1_000,
        connection: WS,
        push: client.push,
      },
    ]);
  });

  test("finds its own contact in the answer, as it sent it, with an expires: else it thinks that it failed", () => {
    const [contact = "", ...others] = valuesOf("contact", answerTo(registers(client, 1), location));
    expect(others).toEqual([]);
    expect(contact.startsWith(client.contact(client.address))).toBe(true);
    expect(contact.endsWith(`;expires=${client.expires}`)).toBe(true);
    expect(contact.includes(";pub-gruu=")).toBe(client.isGruu);
  });

  test("is promised outbound if it asked for it, and a push if it gave a token", () => {
    const answer = answerTo(registers(client, 1), location);
    expect(valuesOf("require", answer)).toEqual(client.isOutbound ? ["outbound"] : []);
    expect(valuesOf("flow-timer", answer)).toHaveLength(client.isOutbound ? 1 : 0);
    expect(valuesOf("feature-caps", answer)).toHaveLength(client.push === undefined ? 0 : 1);
  });

  test("refreshes its binding in its last seconds, and it goes on", () => {
    const now = NOW + (client.expires - 5) * 1_000;
    const refreshed = registered(registers(client, 2), location, { now });
    expect(refreshed.bindings).toMatchObject([
      { key: client.key, cseq: 2, since: NOW, refreshedAt: now, expiresAt: now + client.expires * 1_000 },
    ]);
  });

  test("unregisters, and is gone", () => {
    const gone = registered(registers(client, 2, 0), location);
    expect(gone.bindings).toEqual([]);
    expect(valuesOf("contact", answerTo(registers(client, 2, 0), gone))).toEqual([]);
  });

  test("comes back on a new connection after it lost the old one, late news of whose end then harm nobody", () => {
    const lost = withoutConnection(location, WS);
    expect(lost.bindings).toHaveLength(client.push === undefined ? 0 : 1);
    const back = registered(registers(client, 2), lost, { connection: WS2 });
    expect(back.bindings).toMatchObject([{ key: client.key, connection: WS2 }]);
    expect(withoutConnection(back, WS)).toBe(back);
  });

  test("may be started anew, with another Call-ID and address: it is the same device", () => {
    const moved = client.timed(client.contact("198.51.100.7:34531"), client.expires);
    const after = registered(sent(client, "c2", 1, [moved], client.expires), location, { connection: WS2 });
    expect(after.bindings).toMatchObject([{ key: client.key, uri: uriIn(moved), connection: WS2 }]);
  });
});

describe("a change of networks", () => {
  /** The new contact, and the old one to be removed. */
  function changes(client: Client, cseq: number, oldContact: string): SipRequest {
    const now = client.timed(client.contact("198.51.100.7:34531"), client.expires);
    return sent(client, "c1", cseq, [now, oldContact], client.expires);
  }

  const uriAt = (client: Client, address: string) => uriIn(client.contact(address));

  test.each<[string, Client, string]>([
    ["PJSIP, with the token in both", PJSIP, `<${uriAt(PJSIP, PJSIP.address)}>;expires=0`],
    ["Linphone, with the instance in both", LINPHONE, `${LINPHONE.contact(LINPHONE.address)};expires=0`],
    ["Linphone, with the old URI alone", LINPHONE, `<${uriAt(LINPHONE, LINPHONE.address)}>;expires=0`],
  ])("of %s: the old contact goes and the new one stays, also if it is sent twice", (_, client, old) => {
    const before = registered(registers(client, 30));
    const moved = registered(changes(client, 31, old), before);
    expect(urisOf(moved)).toEqual([uriAt(client, "198.51.100.7:34531")]);
    expect(urisOf(registered(changes(client, 31, old), moved))).toEqual(urisOf(moved));
    expect(urisOf(registered(changes(client, 31, old)))).toEqual(urisOf(moved));
  });
});

test('JsSIP removes all with "*" and its own parameters behind it', () => {
  const all = sent(JS_SIP, "c1", 2, ['*;+sip.ice;reg-id=1;+sip.instance="<urn:uuid:2f0c>";expires=0'], 0);
  expect(registered(all, registered(registers(JS_SIP, 1))).bindings).toEqual([]);
});

test("two PJSIP phones that think they are localhost are two", () => {
  const other: Client = { ...PJSIP, contact: (address) => PJSIP.contact(address).replace("TOKEN", "OTHER") };
  const both = registered(registers(other, 1, 300, "c2"), registered(registers(PJSIP, 1)), {
    connection: WS2,
  });
  expect(both.bindings.map(({ push }) => push?.prid)).toEqual(["TOKEN", "OTHER"]);
});

test("the five of them are five devices of one address, and each finds its own among them", () => {
  let location: Location = NOWHERE;
  for (const client of CLIENTS)
    location = registered(registers(client, 1, client.expires, client.name), location);
  expect(location.bindings.map(({ key }) => key)).toEqual(CLIENTS.map(({ key }) => key));
  for (const client of CLIENTS) {
    const contacts = valuesOf("contact", answerTo(registers(client, 1), location));
    expect(
      contacts.filter((contact) => uriIn(contact) === uriIn(client.contact(client.address))),
    ).toHaveLength(1);
  }
});
