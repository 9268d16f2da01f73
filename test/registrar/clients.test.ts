import { expect, test } from "vitest";
import { readRegistration } from "../../functions/registrar/register.ts";
import { registeredReply } from "../../functions/registrar/registered-reply.ts";
import { Contact } from "../../functions/sip/fields.ts";
import { NOW, registered, registerOf, urisOf, WS } from "./a-register.ts";

// The REGISTERs that clients really send, and what they are read as.

const SIP_JS = registerOf([
  "REGISTER sip:example.com SIP/2.0",
  "Via: SIP/2.0/WSS k2m9x0qv7t1a.invalid;branch=z9hG4bK4410221",
  "Max-Forwards: 70",
  "To: <sip:alice@example.com>",
  "From: <sip:alice@example.com>;tag=p7h3d2s8qa",
  "Call-ID: 0r5t8b1cq9m2z7x4w6y3",
  "CSeq: 1 REGISTER",
  'Contact: <sip:u7c0k3ze@k2m9x0qv7t1a.invalid;transport=ws>;reg-id=1;+sip.instance="<urn:uuid:6e1b>";expires=600',
  "Allow: ACK,CANCEL,INVITE,MESSAGE,BYE,OPTIONS,INFO,NOTIFY,REFER",
  "Supported: outbound",
  "User-Agent: SIP.js/0.21.2",
  "Content-Length: 0",
]);

const JS_SIP = registerOf([
  "REGISTER sip:example.com SIP/2.0",
  "Via: SIP/2.0/WSS r4w8jd1m6zt0.invalid;branch=z9hG4bK881203",
  "Max-Forwards: 69",
  "To: <sip:bob@example.com>",
  'From: "Bob" <sip:bob@example.com>;tag=3c9v1kq0',
  "Call-ID: 7mw2k5q1x9c8v0b3n6h4d2",
  "CSeq: 2 REGISTER",
  'Contact: <sip:x9d2m0lk@r4w8jd1m6zt0.invalid;transport=ws>;+sip.ice;reg-id=1;+sip.instance="<urn:uuid:2f0c>";expires=600',
  "Expires: 600",
  "Allow: INVITE,ACK,CANCEL,BYE,UPDATE,MESSAGE,OPTIONS,REFER,INFO,NOTIFY,SUBSCRIBE",
  "Supported: path,gruu,outbound",
  "User-Agent: JsSIP 3.13.8",
  "Content-Length: 0",
]);

const LINPHONE = registerOf([
  "REGISTER sip:example.com SIP/2.0",
  "Via: SIP/2.0/TLS 10.1.2.3:50812;branch=z9hG4bK.1",
  "To: <sip:carol@example.com>",
  "From: <sip:carol@example.com>;tag=c1",
  "Call-ID: lin-1",
  "CSeq: 20 REGISTER",
  `Contact: <sip:carol@10.1.2.3:50812;transport=tls;pn-provider=apns.dev;pn-param=TEAM123456.org.acme.phone.voip&remote;pn-prid=${"A".repeat(64)}:voip&${"B".repeat(64)}:remote;pn-timeout=0;pn-silent=1;pn-call-str=IC_MSG>;+sip.instance="<urn:uuid:9a>";expires=3600`,
  "Supported: replaces, outbound, gruu",
]);

/** PJSIP after a change of networks: its new contact, and its old one to be removed. */
const PJSIP = registerOf([
  "REGISTER sip:example.com SIP/2.0",
  "Via: SIP/2.0/TLS 198.51.100.7:34531;rport;branch=z9hG4bKPj1",
  "To: <sip:dave@example.com>",
  "From: <sip:dave@example.com>;tag=d1",
  "Call-ID: pj-1",
  "CSeq: 31 REGISTER",
  'Contact: <sip:dave@198.51.100.7:34531;transport=TLS;ob;pn-provider=fcm;pn-param=acme-1;pn-prid=TOKEN>;reg-id=1;+sip.instance="<urn:uuid:00000000-0000-0000-0000-00001a2b3c4d>";expires=300',
  "Contact: <sip:dave@10.0.0.9:32531;transport=TLS;ob;pn-provider=fcm;pn-param=acme-1;pn-prid=TOKEN>;expires=0",
]);

test.each([
  [
    "SIP.js",
    SIP_JS,
    {
      key: "<urn:uuid:6e1b>;1",
      params: ';reg-id=1;+sip.instance="<urn:uuid:6e1b>"',
      seconds: 600,
      push: undefined,
    },
  ],
  [
    "JsSIP",
    JS_SIP,
    {
      key: "<urn:uuid:2f0c>;1",
      params: ';+sip.ice;reg-id=1;+sip.instance="<urn:uuid:2f0c>"',
      seconds: 600,
      push: undefined,
    },
  ],
  [
    "Linphone",
    LINPHONE,
    {
      // An instance and no reg-id: no outbound, but a device that names itself.
      key: "<urn:uuid:9a>;",
      params: ';+sip.instance="<urn:uuid:9a>"',
      seconds: 3_600,
      push: {
        provider: "apns.dev",
        param: "TEAM123456.org.acme.phone.voip&remote",
        prid: `${"A".repeat(64)}:voip&${"B".repeat(64)}:remote`,
      },
    },
  ],
  [
    "PJSIP",
    PJSIP,
    {
      key: "<urn:uuid:00000000-0000-0000-0000-00001a2b3c4d>;1",
      params: ';reg-id=1;+sip.instance="<urn:uuid:00000000-0000-0000-0000-00001a2b3c4d>"',
      seconds: 300,
      push: { provider: "fcm", param: "acme-1", prid: "TOKEN" },
    },
  ],
])(
  "a REGISTER of %s is one device, online here, for as long as it asked",
  (_, request, { seconds, ...expected }) => {
    const { bindings } = registered(request);
    expect(bindings).toEqual([
      {
        ...expected,
        uri: request.headers.lines.find(({ key }) => key === "contact")?.text.match(/<(sip:[^>]*)>/)?.[1],
        callId: readRegistration(request).callId,
        cseq: readRegistration(request).cseq,
        connection: WS,
        expiresAt: NOW + seconds * 1_000,
      },
    ]);
  },
);

test.each([
  ["SIP.js", SIP_JS],
  ["JsSIP", JS_SIP],
  ["Linphone", LINPHONE],
])(
  "%s finds its own contact in the answer, as it sent it, with an expires: else it thinks that it failed",
  (_, request) => {
    const [sent] = request.headers.pick(Contact).lines;
    const answer = registeredReply(request, registered(request), WS, NOW, "t1");
    expect(answer.headers.pick(Contact).lines.map(({ value }) => value)).toEqual([sent?.value.trim()]);
  },
);

test("PJSIP's old contact goes and its new one stays, though both have the one token", () => {
  const old = registerOf([
    "REGISTER sip:example.com SIP/2.0",
    "Call-ID: pj-1",
    "CSeq: 30 REGISTER",
    'Contact: <sip:dave@10.0.0.9:32531;transport=TLS;ob;pn-provider=fcm;pn-param=acme-1;pn-prid=TOKEN>;reg-id=1;+sip.instance="<urn:uuid:00000000-0000-0000-0000-00001a2b3c4d>";expires=300',
  ]);
  const moved = registered(PJSIP, registered(old));
  expect(urisOf(moved)).toEqual(urisOf(registered(PJSIP)));
  expect(urisOf(registered(PJSIP, moved))).toEqual(urisOf(moved));
});
