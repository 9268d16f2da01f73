import { expect, test } from "vitest";
import { MinExpires } from "../../functions/sip/fields.ts";
import { format } from "../../functions/sip/format.ts";
import { headerLine } from "../../functions/sip/headers.ts";
import type { SipRequest } from "../../functions/sip/message.ts";
import { parse } from "../../functions/sip/parse.ts";
import { Refusal } from "../../functions/sip/refusal.ts";
import { type ReplyOptions, reply } from "../../functions/sip/reply.ts";

const REQUEST = [
  "INVITE sip:bob@example.com SIP/2.0",
  "Via: SIP/2.0/WSS a.invalid ;branch=z9hG4bK1, SIP/2.0/UDP b",
  "Max-Forwards: 70",
  "v: SIP/2.0/TCP c",
  "t: Bob <sip:bob@example.com>;x",
  'From:  "Alice" <sip:alice@example.com> ; tag=a1',
  "Call-ID: c1",
  "CSeq: 7   INVITE",
  "Contact: <sip:alice@a.invalid>",
  "Record-Route: <sip:p.example.com;lr>",
  "Timestamp: 54",
  "User-Agent: phone",
  "Content-Length: 2",
];

const requestOf = (lines: readonly string[]) => parse(`${lines.join("\r\n")}\r\n\r\nhi`) as SipRequest;
const linesOf = (status: number, options?: ReplyOptions, lines = REQUEST) =>
  format(reply(requestOf(lines), status, options)).split("\r\n");

test("a response has the request's Vias, To, From, Call-ID and CSeq as spelled, and nothing else of it (RFC 3261 §8.2.6.2)", () => {
  expect(linesOf(486, { reason: "Busy" })).toEqual([
    "SIP/2.0 486 Busy",
    "Via: SIP/2.0/WSS a.invalid ;branch=z9hG4bK1, SIP/2.0/UDP b",
    "v: SIP/2.0/TCP c",
    "t: Bob <sip:bob@example.com>;x",
    'From:  "Alice" <sip:alice@example.com> ; tag=a1',
    "Call-ID: c1",
    "CSeq: 7   INVITE",
    "Content-Length: 0",
    "",
    "",
  ]);
});

test("a To without a tag gets the one we give it (RFC 3261 §8.2.6.2)", () => {
  expect(linesOf(404, { toTag: "srv1" })).toContain("To: Bob <sip:bob@example.com>;x;tag=srv1");
});

test("a To in brackets or not keeps what is the URI's and what is the header's (RFC 3261 §20.10)", () => {
  const bare = REQUEST.with(4, "To: sip:bob@example.com;x");
  expect(linesOf(404, { toTag: "srv1" }, bare)).toContain("To: <sip:bob@example.com>;x;tag=srv1");
});

test("a To with a tag keeps it: the request is within a dialog (RFC 3261 §8.2.6.2)", () => {
  const inDialog = REQUEST.with(4, "To: <sip:bob@example.com> ;TAG=b1");
  expect(linesOf(481, { toTag: "srv1" }, inDialog)).toContain("To: <sip:bob@example.com> ;TAG=b1");
});

test("a To that cannot be read is copied as it stands", () => {
  expect(linesOf(400, { toTag: "srv1" }, REQUEST.with(4, "To: <sip:bob"))).toContain("To: <sip:bob");
});

test("only a 100 copies the Timestamp (RFC 3261 §8.2.6.1)", () => {
  expect(linesOf(100)).toContain("Timestamp: 54");
  expect(linesOf(180)).not.toContain("Timestamp: 54");
});

test("headers of ours stand between those of the request and the Content-Length", () => {
  expect(linesOf(423, { headers: [headerLine(MinExpires, 60)] }).slice(-5)).toEqual([
    "CSeq: 7   INVITE",
    "Min-Expires: 60",
    "Content-Length: 0",
    "",
    "",
  ]);
});

test("a header that is missing stays missing", () => {
  expect(linesOf(400, { toTag: "srv1" }, REQUEST.slice(0, 2))).toEqual([
    "SIP/2.0 400 Bad Request",
    "Via: SIP/2.0/WSS a.invalid ;branch=z9hG4bK1, SIP/2.0/UDP b",
    "Content-Length: 0",
    "",
    "",
  ]);
});

test.each([
  [100, "Trying"],
  [401, "Unauthorized"],
  [480, "Temporarily Unavailable"],
  [481, "Call/Transaction Does Not Exist"],
  [555, "Push Notification Service Not Supported"], // RFC 8599 §14.1
  [299, "Unknown"],
])("a %i says %s if nothing else is said (RFC 3261 §21)", (status, phrase) => {
  expect(linesOf(status)[0]).toBe(`SIP/2.0 ${status} ${phrase}`);
});

test("a refusal says what its response will say", () => {
  expect(new Refusal(483)).toMatchObject({
    status: 483,
    reason: "Too Many Hops",
    message: "483 Too Many Hops",
  });
});
