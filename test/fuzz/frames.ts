import { readdirSync, readFileSync } from "node:fs";
import { messages } from "./grammar.ts";

const lines = (...of: readonly string[]) => [...of, "", ""].join("\r\n");

/** What our own users send. */
const KNOWN: readonly [string, ...string[]] = [
  lines(
    "REGISTER sip:localhost SIP/2.0",
    "Via: SIP/2.0/WSS r4w8jd1m6zt0.invalid;branch=z9hG4bK881203",
    "To: <sip:alice@localhost>",
    "From: <sip:alice@localhost>;tag=3c9v1kq0",
    "Call-ID: 7mw2k5q1x9c8v0b3n6h4d2",
    "CSeq: 2 REGISTER",
    'Contact: <sip:x@r.invalid;transport=ws;pn-provider=apns;pn-param=T.com.a.voip&remote;pn-prid=0a:voip&0b:remote>;reg-id=1;+sip.instance="<urn:uuid:1>";q=0.5;expires=600',
    "Path: <sip:p@[2001:db8::1];lr;ob>",
    "Supported: path,gruu,outbound",
    'Authorization: Digest username="alice", realm="localhost", nonce="1.a", uri="sip:localhost", response="00", qop=auth, nc=00000001, cnonce="c", algorithm=MD5',
    "Max-Forwards: 70",
    "Content-Length: 0",
  ),
  `${lines(
    "MESSAGE sip:bob@localhost SIP/2.0",
    "Via: SIP/2.0/WS a.invalid;branch=z9hG4bKa;rport;received=192.0.2.1",
    "t: <sip:bob@localhost>",
    'f: "Alice" <sip:alice@localhost>;tag=1',
    "i: a",
    "CSeq: 1 MESSAGE",
    "Route: <sip:localhost;lr>, <sip:1.token@localhost;transport=ws;lr>",
    'Accept-Contact: *;video;+g.a="#>=2,!#5";language="en,de";require',
    "Request-Disposition: no-fork, queue",
    "Date: Mon, 23 Nov 2026 09:00:00 GMT",
    "Expires: 60",
    "Content-Type: message/cpim",
  )}From: <a>\r\nCall-ID: b\r\n\r\nContent-Type: text/plain\r\n\r\nhello`,
  lines(
    "SUBSCRIBE sip:alice@localhost SIP/2.0",
    "Via: SIP/2.0/WS [2001:db8::9:1];branch=z9hG4bKs",
    "To: <sip:alice@localhost>",
    "From: <sip:alice@localhost>;tag=1",
    "Call-ID: s",
    "CSeq: 1 SUBSCRIBE",
    "Event: reg;id=4",
    "Accept: application/reginfo+xml;q=0.5",
    "Contact: <sip:a@a.invalid>",
    "Record-Route: <sip:p.example.com;lr>",
    "Expires: 600",
  ),
  lines(
    "SIP/2.0 200 OK",
    "Via: SIP/2.0/WS localhost;branch=z9hG4bKf.AAAAAAAAAAAAAAAAAAAAAA.0, SIP/2.0/WS a.invalid;branch=z9hG4bKa",
    "To: <sip:bob@localhost>;tag=2",
    "From: <sip:alice@localhost>;tag=1",
    "Call-ID: a",
    "CSeq: 1 INVITE",
    "Contact: <sip:bob@b.invalid>",
  ),
];

/** The messages of RFC 4475 and RFC 5118, whose archives disagree about what ends a line. */
const TORTURE = ["rfc4475", "rfc5118"].flatMap((rfc) =>
  readdirSync(`test/torture/${rfc}`)
    .sort()
    .map((file) => readFileSync(`test/torture/${rfc}/${file}`, "latin1").replace(/(?<!\r)\n/g, "\r\n")),
);

/** Messages to begin with: ours, the RFCs', and some that the grammar makes. */
export const FRAMES: readonly [string, ...string[]] = [...KNOWN, ...TORTURE, ...messages(3261, 60)];
