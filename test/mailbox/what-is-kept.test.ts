import { describe, expect, test } from "vitest";
import { DEFAULT_MAIL_POLICY } from "../../functions/mailbox/mail-policy.ts";
import { messageToKeep } from "../../functions/mailbox/message-to-keep.ts";
import { isStorable } from "../../functions/mailbox/storable.ts";
import { endOfValidity } from "../../functions/mailbox/validity.ts";
import { linesOf, request } from "../support/a-request.ts";

const NOW = Date.UTC(2026, 10, 23, 9);
const DAY = 86_400_000;

function message(type: string, body: string, ...more: readonly string[]) {
  return request(
    [
      "MESSAGE sip:bob@example.com SIP/2.0",
      "Via: SIP/2.0/WSS a.invalid;branch=z9hG4bKa",
      "v: SIP/2.0/WSS b.invalid;branch=z9hG4bKb",
      "From: <sip:alice@example.com>;tag=a",
      "To: <sip:bob@example.com>",
      "Call-ID: call-1",
      "CSeq: 7 MESSAGE",
      ...more,
      `Content-Type: ${type}`,
    ],
    body,
  );
}

describe("worth keeping", () => {
  const wrapped = (type: string) =>
    `From: <im:a@x>\r\nTo: <im:b@x>\r\n\r\nContent-ID: <1>\r\n${type}\r\n\r\nhello`;

  test.each([
    [true, "text/plain", "hello"],
    [true, "text/plain;charset=utf-8", "\0"],
    [true, "application/vnd.3gpp.sms", "\x01"],
    [false, "text/plain", ""],
    [false, "application/im-iscomposing+xml", "<x/>"],
    [false, "APPLICATION/im-isComposing+xml ;charset=utf-8", "<x/>"],
    [false, "message/imdn+xml", "<x/>"],
    [true, "message/cpim", wrapped("Content-Type: text/plain; charset=utf-8")],
    [false, "message/CPIM", wrapped("content-type : Message/IMDN+xml;x=y")],
    [false, "message/cpim", wrapped("Content-Type: application/im-iscomposing+xml")],
    [false, "message/cpim", wrapped("Content-Type: message/imdn+xml").replaceAll("\r", "")],
    [true, "message/cpim", "no headers at all"],
    // What somebody writes about is not what it is.
    [true, "message/cpim", `${wrapped("Content-Type: text/plain")}\r\n\r\nContent-Type: message/imdn+xml`],
    [true, "text/plain", "Content-Type: message/imdn+xml"],
  ])("%s for %s %j", (isKept, type, body) => {
    expect(isStorable(message(type, body))).toBe(isKept);
  });

  test("is no other request", () => {
    expect(isStorable({ ...message("text/plain", "hello"), method: "INFO" })).toBe(false);
  });
});

describe("a MESSAGE is good (RFC 3428 §7)", () => {
  test.each<[string, readonly string[], number]>([
    ["for 7 days", [], 7 * DAY],
    ["for what it says", ["Expires: 60"], 60_000],
    ["never for more than 7 days", ["Expires: 4294967295"], 7 * DAY],
    ["not at all", ["Expires: 0"], 0],
    ["counted from its Date", ["Expires: 60", "Date: Mon, 23 Nov 2026 08:59:50 GMT"], 50_000],
    [
      "counted from now, if its Date is in another zone than it may be",
      ["Expires: 60", "Date: Mon, 23 Nov 2026 08:59:50 +0100"],
      60_000,
    ],
    ["counted from now, if its Date says nothing", ["Expires: 60", "Date: yesterday GMT"], 60_000],
    [
      "for 7 days, however old its Date, if it does not say that it ends",
      ["Date: Mon, 23 Nov 1998 09:00:00 GMT"],
      7 * DAY,
    ],
  ])("%s", (_how, headers, ms) => {
    const { keeping } = DEFAULT_MAIL_POLICY;
    expect(endOfValidity(message("text/plain", "", ...headers).headers, NOW, keeping) - NOW).toBe(ms);
  });
});

describe("what is kept of a MESSAGE", () => {
  test("is all of it but hops and credentials, with the time at which it came", () => {
    const came = message("text/plain", "hello", "Proxy-Authorization: Digest x=y", "X-Mine: 1");
    const kept = messageToKeep(came, NOW);
    expect([kept.method, kept.uri, kept.body]).toEqual(["MESSAGE", "sip:bob@example.com", "hello"]);
    expect(linesOf(kept)).toEqual([
      "From: <sip:alice@example.com>;tag=a",
      "To: <sip:bob@example.com>",
      "Call-ID: call-1",
      "CSeq: 7 MESSAGE",
      "X-Mine: 1",
      "Content-Type: text/plain",
      "Date: Mon, 23 Nov 2026 09:00:00 GMT",
    ]);
  });

  test("keeps the Date that it had", () => {
    const kept = messageToKeep(message("text/plain", "hello", "Date: long ago"), NOW);
    expect(linesOf(kept).filter((line) => line.startsWith("Date"))).toEqual(["Date: long ago"]);
  });
});
