import { expect, test } from "vitest";
import { textField } from "../../functions/sip/field.ts";
import {
  CallId,
  Contact,
  CSeq,
  Expires,
  MaxForwards,
  Require,
  Route,
  Supported,
  To,
  Via,
} from "../../functions/sip/fields.ts";
import { type Headers, headerLine } from "../../functions/sip/headers.ts";
import { parse } from "../../functions/sip/parse.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";

const headersOf = (...lines: readonly string[]) =>
  parse(`OPTIONS sip:h SIP/2.0\r\n${lines.join("\r\n")}\r\n\r\n`).headers;
const texts = ({ lines }: Headers) => lines.map((line) => line.text);
const hops = (headers: Headers) => headers.all(Via).map((via) => via.sentBy);
const hop = (sentBy: string) => ({ transport: "WSS", sentBy, params: [] });

const VIAS = headersOf("Via: SIP/2.0/WSS a, SIP/2.0/UDP b;rport", "To: <sip:x@h>", "v: SIP/2.0/TCP c");

test("values on one line and on several lines are one list, in order (RFC 3261 §7.3.1)", () => {
  expect(hops(VIAS)).toEqual(["a", "b", "c"]);
  expect(VIAS.first(Via)?.sentBy).toBe("a");
});

test("a header that is absent has no values", () => {
  expect([VIAS.has(Route), VIAS.first(Route), VIAS.all(Route)]).toEqual([false, undefined, []]);
  expect(VIAS.has(Via)).toBe(true);
});

test("an empty list has no values and is there (RFC 3261 §20.37)", () => {
  const headers = headersOf("Supported:  ", "k: path, gruu");
  expect(headers.has(Supported)).toBe(true);
  expect(headers.all(Supported)).toEqual(["path", "gruu"]);
});

test("the first value is the first that there is, if empty lines stand before it", () => {
  const headers = headersOf("Route:", "Route: <sip:a;lr>, <sip:b;lr>");
  expect(headers.first(Route)).toEqual(headers.all(Route)[0]);
  expect(headers.withoutFirst(Route).all(Route)).toEqual([
    { display: undefined, uri: "sip:b;lr", params: [] },
  ]);
});

test.each(["a,,b", ",a", "a,", "a;b", "a b"])("the list %j is refused (RFC 3261 §25.1)", (list) => {
  expect(() => headersOf(`Require: ${list}`).all(Require)).toThrow(SipSyntaxError);
});

test("a new value goes above or below all lines, which stay as spelled (RFC 3261 §16.6)", () => {
  expect(texts(VIAS.prepend(Via, hop("new")))).toEqual(["Via: SIP/2.0/WSS new", ...texts(VIAS)]);
  expect(texts(VIAS.append(MaxForwards, 70))).toEqual([...texts(VIAS), "Max-Forwards: 70"]);
});

test("a replaced value stands where the first was, and no other line of that name stays", () => {
  expect(texts(VIAS.replace(Via, hop("new")))).toEqual(["Via: SIP/2.0/WSS new", "To: <sip:x@h>"]);
  expect(texts(VIAS.replace(Expires, 60))).toEqual([...texts(VIAS), "Expires: 60"]);
});

test("the first of several values on a line is popped, the others stay in order (RFC 3261 §16.7 step 3)", () => {
  const four = headersOf("Via: SIP/2.0/WSS a ,SIP/2.0/UDP b;rport , SIP/2.0/UDP c", "v: SIP/2.0/TCP d");
  const three = four.withoutFirst(Via);
  expect(texts(three)).toEqual(["Via: SIP/2.0/UDP b;rport, SIP/2.0/UDP c", "v: SIP/2.0/TCP d"]);
  const one = three.withoutFirst(Via).withoutFirst(Via);
  expect(texts(one)).toEqual(["v: SIP/2.0/TCP d"]);
  expect(texts(one.withoutFirst(Via).withoutFirst(Via))).toEqual([]);
});

test.each([
  [0, ["Route: <sip:a>, <sip:b>", "Route:", "Route: <sip:c>, <sip:d>"]],
  [1, ["Route: <sip:b>", "Route:", "Route: <sip:c>, <sip:d>"]],
  [2, ["Route:", "Route: <sip:c>, <sip:d>"]],
  [3, ["Route:", "Route: <sip:d>"]],
  [4, ["Route:"]],
  [9, ["Route:"]],
])("%i values are popped at once, over lines and empty lists (RFC 3261 §16.4)", (count, left) => {
  const four = headersOf("Route: <sip:a>, <sip:b>", "Route:", "To: <sip:x@h>", "Route: <sip:c>, <sip:d>");
  expect(texts(four.withoutFirst(Route, count).without(To))).toEqual(left);
});

test("lines are picked and removed by name, compact or long", () => {
  expect(texts(VIAS.pick(Via, CallId))).toEqual([
    "Via: SIP/2.0/WSS a, SIP/2.0/UDP b;rport",
    "v: SIP/2.0/TCP c",
  ]);
  expect(texts(VIAS.without(Via, CallId))).toEqual(["To: <sip:x@h>"]);
});

test("an edit leaves the headers it was made from as they were", () => {
  const before = texts(VIAS);
  VIAS.withoutFirst(Via).prepend(Via, hop("new")).without(To);
  expect([texts(VIAS), hops(VIAS)]).toEqual([before, ["a", "b", "c"]]);
});

test("a line nobody asks for may be malformed (RFC 3261 §16.3 step 1)", () => {
  const headers = headersOf("Contact: <<<", "To: <sip:x@h>");
  expect(headers.first(To)?.uri).toBe("sip:x@h");
  expect(() => headers.first(Contact)).toThrow(
    new SipSyntaxError("Contact", 2, 'expected ">" after the URI'),
  );
});

test.each(["a\r\nVia: x", "a\rb", "a\nb", "a\0b"])("no value can start a line of its own: %j", (value) => {
  expect(() => headerLine(textField("Subject"), value)).toThrow("a Subject header with CR, LF or NUL in it");
});

test("several values make one line", () => {
  expect(headerLine(Supported, "path", "gruu").text).toBe("Supported: path, gruu");
});

test.each<[line: string, value: unknown]>([
  ["CSeq: 0009\t INVITE", { number: 9, method: "INVITE" }],
  ["CSeq: 2147483647 in%56ite", { number: 2_147_483_647, method: "in%56ite" }],
  ["Max-Forwards: 255", 255],
  ["Expires: 4294967295 ", 4_294_967_295],
  ["Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{", "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"],
])("%s is read (RFC 3261 §25.1)", (line, value) => {
  const headers = headersOf(line);
  const [read] = [CSeq, MaxForwards, Expires, CallId]
    .map((field) => headers.first<unknown>(field))
    .filter(Boolean);
  expect(read).toEqual(value);
});

test.each([
  ["CSeq: 2147483648 INVITE", 1, "expected a number up to 2147483647"], // §8.1.1.5
  ["CSeq: INVITE", 1, "expected a number"],
  ["CSeq: 1", 2, "expected white space and a method"],
  ["CSeq: 1MESSAGE", 2, "expected white space and a method"],
  ["CSeq: 1 ", 3, "expected a method"],
  ["CSeq: 1 INVITE x", 10, "an octet that does not belong here"],
  ["Max-Forwards: 256", 1, "expected a number up to 255"],
  ["Max-Forwards: 00000000070", 1, "expected a number up to 255"],
  ["Expires: 4294967296", 1, "expected a number up to 4294967295"],
  ["Expires: 60;x", 3, "an octet that does not belong here"],
  ["Call-ID: ", 1, "expected a Call-ID"],
  ["Call-ID: a b", 3, "an octet that does not belong here"],
  ["Call-ID: a,b", 2, "an octet that does not belong here"],
])("%s is refused (RFC 3261 §25.1)", (line, at, problem) => {
  const headers = headersOf(line);
  const readAll = () => [CSeq, MaxForwards, Expires, CallId].map((field) => headers.first<unknown>(field));
  expect(readAll).toThrow(new SipSyntaxError(line.slice(0, line.indexOf(":")), at, problem));
});
