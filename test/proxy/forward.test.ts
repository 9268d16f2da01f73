import { expect, test } from "vitest";
import { checkHops, forwardedRequest, forwardedResponse } from "../../functions/proxy/forward.ts";
import { Refusal } from "../../functions/sip/refusal.ts";
import { invite, linesOf, request, response } from "../support/a-request.ts";

const VIA = { transport: "WSS", sentBy: "example.com", params: [["branch", "z9hG4bKours"]] } as const;
const LEG = { uri: "sip:bob@phone.invalid;transport=ws", path: "", via: VIA, recordRoutes: [], breadth: 30 };
const ROUTE = { display: undefined, uri: "sip:callee@example.com;lr", params: [] };

test("a request goes on with our Via and Record-Routes on top and one hop less; all else stays (RFC 3261 §16.6)", () => {
  const asked = invite(
    "Record-Route: <sip:before.example.net;lr>",
    "X-Any:  as it  came",
    "Content-Length: 5",
  );
  const routes = [ROUTE, { ...ROUTE, uri: "sip:caller@example.com;lr" }];
  const { method, uri, headers, body } = forwardedRequest(asked, { ...LEG, recordRoutes: routes });
  expect([method, uri, body]).toEqual(["INVITE", LEG.uri, "v=0\r\n"]);
  expect(headers.lines.map(({ text }) => text)).toEqual([
    "Via: SIP/2.0/WSS example.com;branch=z9hG4bKours",
    "Record-Route: <sip:callee@example.com;lr>",
    "Record-Route: <sip:caller@example.com;lr>",
    "Max-Forwards: 69",
    "Max-Breadth: 30",
    "Via: SIP/2.0/WSS alice.invalid;branch=z9hG4bKalice",
    "To: <sip:bob@example.com>",
    'From: "Alice" <sip:alice@example.com>;tag=a1',
    "Call-ID: call-1",
    "CSeq: 7 INVITE",
    "Record-Route: <sip:before.example.net;lr>",
    "X-Any:  as it  came",
    "Content-Length: 5",
  ]);
});

test("a request without Max-Forwards has seventy hops to go, this one included (§16.6 step 3)", () => {
  const asked = request(["OPTIONS sip:bob@example.com SIP/2.0", "Call-ID: 1"]);
  expect(linesOf(forwardedRequest(asked, LEG))).toContain("Max-Forwards: 69");
});

test("the private parts of the Contact stay here (RFC 8599 §13)", () => {
  const asked = invite("m: <sip:alice@alice.invalid;pn-prid=SECRET;transport=ws>;pn-provider=fcm;+sip.ice");
  const lines = linesOf(forwardedRequest(asked, LEG));
  expect(lines).toContain("Contact: <sip:alice@alice.invalid;transport=ws>;+sip.ice");
});

test("a request that has no hop left is refused with 483 (§16.3 step 3), one with a hop left is not", () => {
  const hops = (count: number) => request(["OPTIONS sip:bob@example.com SIP/2.0", `Max-Forwards: ${count}`]);
  expect(() => checkHops(hops(0))).toThrow(new Refusal(483));
  expect(() => checkHops(hops(1))).not.toThrow();
  expect(() => checkHops(request(["OPTIONS sip:bob@example.com SIP/2.0"]))).not.toThrow();
});

test.each([
  [
    "on a line of its own",
    ["Via: SIP/2.0/WSS example.com;branch=1", "Via: SIP/2.0/WSS alice.invalid;branch=2"],
  ],
  ["on one line with the other", ["v: SIP/2.0/WSS example.com;branch=1, SIP/2.0/WSS alice.invalid;branch=2"]],
])("a response goes on without our Via, %s (RFC 3261 §16.7 step 3)", (_, vias) => {
  const answer = response(["SIP/2.0 180 It rings", ...vias, "To: <sip:bob@example.com>;tag=b1"], "early");
  const { status, reason, body, headers } = forwardedResponse(answer);
  expect([status, reason, body]).toEqual([180, "It rings", "early"]);
  expect(headers.lines.map(({ text }) => text)).toEqual([
    "Via: SIP/2.0/WSS alice.invalid;branch=2",
    "To: <sip:bob@example.com>;tag=b1",
  ]);
});

test("a response takes no push token along in its Contact (RFC 8599 §13)", () => {
  const contact = "Contact: <sip:bob@phone.invalid;pn-provider=apns;pn-prid=SECRET;pn-param=T.app.voip;ob>";
  const answer = response(["SIP/2.0 200 OK", "Via: SIP/2.0/WSS example.com;branch=1", contact]);
  expect(linesOf(forwardedResponse(answer))).toEqual(["Contact: <sip:bob@phone.invalid;ob>"]);
});
