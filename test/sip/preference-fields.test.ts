import { expect, test } from "vitest";
import type { HeaderField, ReadableField } from "../../functions/sip/field.ts";
import { AcceptContact, Event, RejectContact, RequestDisposition } from "../../functions/sip/fields.ts";
import { headerLine } from "../../functions/sip/headers.ts";
import { parse } from "../../functions/sip/parse.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";

const headersOf = (...lines: readonly string[]) =>
  parse(`OPTIONS sip:h SIP/2.0\r\n${lines.join("\r\n")}\r\n\r\n`).headers;

const FIELDS: readonly ReadableField<unknown>[] = [AcceptContact, RejectContact, RequestDisposition, Event];

test.each([
  ["a", "Accept-Contact", "*;audio"],
  ["j", "Reject-Contact", "*;audio"],
  ["d", "Request-Disposition", "no-fork"],
  ["o", "Event", "presence"],
])("%s is %s (RFC 3841 §10, RFC 6665 §8.4)", (compact, name, value) => {
  const readAll = (line: string) => FIELDS.map((field) => headersOf(line).all(field));
  expect(readAll(`${compact}: ${value}`)).toEqual(readAll(`${name}: ${value}`));
  expect(readAll(`${compact}: ${value}`).flat()).toHaveLength(1);
});

test("preferences are the parameters behind a *, on one line or on several (RFC 3841 §10)", () => {
  const headers = headersOf(
    'Accept-Contact: *;mobility="mobile" ; methods="INVITE,BYE", * ;require;+sip.message',
    "To: <sip:x@h>",
    "a:*",
    'Reject-Contact: *;actor="msg-taker";+vendor!tag\'1',
  );
  expect(headers.all(AcceptContact)).toEqual([
    [
      ["mobility", '"mobile"'],
      ["methods", '"INVITE,BYE"'],
    ],
    [["require"], ["+sip.message"]],
    [],
  ]);
  expect(headers.all(RejectContact)).toEqual([[["actor", '"msg-taker"'], ["+vendor!tag'1"]]]);
});

test("directives are a list of tokens as spelled (RFC 3841 §9.1)", () => {
  const headers = headersOf("Request-Disposition: proxy, Recurse ,parallel", "d: x-later");
  expect(headers.all(RequestDisposition)).toEqual(["proxy", "Recurse", "parallel", "x-later"]);
});

test("an event package is a token with its parameters (RFC 6665 §8.4)", () => {
  expect(headersOf("Event: presence.winfo; id=7").first(Event)).toEqual({
    name: "presence.winfo",
    params: [["id", "7"]],
  });
});

function survives<Value>(field: HeaderField<Value>, value: Value): void {
  expect(headersOf(headerLine(field, value).text).all(field)).toEqual([value]);
}

test("values read as they were written", () => {
  survives(AcceptContact, [["audio"], ["class", '"business"'], ["require"]]);
  survives(RejectContact, []);
  survives(RequestDisposition, "no-cancel");
  survives(Event, { name: "dialog", params: [["sla"]] });
});

test.each<[line: string, at: number, problem: string]>([
  ["Accept-Contact: <sip:bob@h>;audio", 1, 'expected "*"'],
  ["Accept-Contact: *;audio,", 9, 'expected "*"'],
  ["Accept-Contact: *;", 3, "expected a parameter name"],
  ["Accept-Contact: *audio", 2, "an octet that does not belong here"],
  ['Accept-Contact: *;class="personal', 10, "a quoted string without an end"],
  ["Reject-Contact: *;audio, video", 10, 'expected "*"'],
  ["Reject-Contact: *;class=", 9, "expected a parameter value"],
  ["Request-Disposition: fork;now", 5, "an octet that does not belong here"],
  ["Request-Disposition: fork,,queue", 6, "expected a token"],
  ["Event: ", 1, "expected an event"],
  ["Event: presence, dialog", 9, "an octet that does not belong here"],
])("%s is refused where it goes wrong", (line, at, problem) => {
  const headers = headersOf(line);
  const readAll = () => FIELDS.map((field) => headers.all(field));
  expect(readAll).toThrow(new SipSyntaxError(line.slice(0, line.indexOf(":")), at, problem));
});
