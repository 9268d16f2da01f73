import { expect, test } from "vitest";
import { ackOf, cancelOf } from "../../functions/proxy/hop-request.ts";
import { invite, linesOf } from "../support/a-request.ts";

const VIA = { transport: "WSS", sentBy: "example.com", params: [["branch", "z9hG4bKours"]] } as const;
const URI = "sip:bob@phone.invalid;transport=ws";
const HOP = { uri: URI, path: "", via: VIA };
const REASON = 'SIP;cause=200;text="Call completed elsewhere"';
const INVITE = invite(
  "Contact: <sip:alice@alice.invalid>",
  "Supported: outbound",
  "Content-Type: application/sdp",
);

test("a CANCEL is the INVITE again: its URI, Call-ID, To, From and CSeq number, and its one Via (RFC 3261 §9.1)", () => {
  const cancel = cancelOf(INVITE, HOP, REASON);
  expect([cancel.method, cancel.uri, cancel.body]).toEqual(["CANCEL", URI, ""]);
  expect(linesOf(cancel)).toEqual([
    "Via: SIP/2.0/WSS example.com;branch=z9hG4bKours",
    "Max-Forwards: 70",
    'From: "Alice" <sip:alice@example.com>;tag=a1',
    "Call-ID: call-1",
    "To: <sip:bob@example.com>",
    "CSeq: 7 CANCEL",
    `Reason: ${REASON}`,
    "Content-Length: 0",
  ]);
});

test("an ACK of a failure has the response's To and the INVITE's Via, URI and CSeq number (§17.1.1.3)", () => {
  const ack = ackOf(INVITE, HOP, "<sip:bob@example.com>;tag=b1");
  expect([ack.method, ack.uri, ack.body]).toEqual(["ACK", URI, ""]);
  expect(linesOf(ack)).toEqual([
    "Via: SIP/2.0/WSS example.com;branch=z9hG4bKours",
    "Max-Forwards: 70",
    'From: "Alice" <sip:alice@example.com>;tag=a1',
    "Call-ID: call-1",
    "To: <sip:bob@example.com>;tag=b1",
    "CSeq: 7 ACK",
    "Content-Length: 0",
  ]);
});

test("both go the way of an INVITE that had Routes left: they have the same (§9.1, §17.1.1.3)", () => {
  const routes = ["Route: <sip:one.example.net;lr>", "Route: <sip:two.example.net;lr>"];
  const routed = invite(...routes);
  const routesOf = (lines: readonly string[]) => lines.filter((line) => line.startsWith("Route:"));
  expect(routesOf(linesOf(cancelOf(routed, HOP, REASON)))).toEqual(routes);
  expect(routesOf(linesOf(ackOf(routed, HOP, "<sip:bob@example.com>;tag=b1")))).toEqual(routes);
});
