import fc from "fast-check";
import { expect, test } from "vitest";
import { formatParams, type Params, paramOf, readParams, withoutParam } from "../../functions/sip/params.ts";
import { quoted, Scanner, unquoted } from "../../functions/sip/scanner.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";

const read = (text: string) => readParams(new Scanner(text, "Via"));

test.each<[idea: string, text: string, params: Params]>([
  ["none", "", []],
  ["a flag has no value", ";lr;ob", [["lr"], ["ob"]]],
  ["names and values as spelled", ";Branch=z9hG4bK7a", [["Branch", "z9hG4bK7a"]]],
  ["white space around ; and =", " ; a\t= b ;c", [["a", "b"], ["c"]]],
  ["a quoted value keeps its quotes", ';i="<urn:uuid:1>"', [["i", '"<urn:uuid:1>"']]],
  ["; , and = inside quotes are text", ';a="1;b=2, 3"', [["a", '"1;b=2, 3"']]],
  ["an escaped quote ends nothing", ';a="say \\"x\\"";b', [["a", '"say \\"x\\""'], ["b"]]],
  ["an escaped backslash before the end", ';a="\\\\";b', [["a", '"\\\\"'], ["b"]]],
  [
    "IPv6 with and without brackets",
    ";a=[::1];b=::1",
    [
      ["a", "[::1]"],
      ["b", "::1"],
    ],
  ], // RFC 5118 §4.5
  ["push tokens nobody quoted", ";pn-prid=AA:voip&BB:remote", [["pn-prid", "AA:voip&BB:remote"]]],
])("header parameters (RFC 3261 §25.1): %s", (_, text, params) => {
  expect(read(text)).toEqual(params);
});

test("parameters end where the next value of a list begins (RFC 3261 §7.3.1)", () => {
  const scanner = new Scanner(";a=1, SIP/2.0/WSS", "Via");
  expect(readParams(scanner)).toEqual([["a", "1"]]);
  expect(scanner.at).toBe(4);
});

test.each([
  [";;", 1, "expected a parameter name"],
  [";a=1;", 5, "expected a parameter name"],
  [";=1", 1, "expected a parameter name"],
  [";a=", 3, "expected a parameter value"],
  [";a=\xc3\xa9", 3, "expected a parameter value"],
  [';a="1', 4, "a quoted string without an end"],
  [';a="1\\"', 4, "a quoted string without an end"],
])("%j is refused where it goes wrong", (text, at, problem) => {
  expect(() => read(text)).toThrow(new SipSyntaxError("Via", at, problem));
});

const tagAndFlag: Params = [["Tag", "aBc"], ["lr"]];

test.each([
  ["tag", "aBc"],
  ["lr", ""],
  ["ag", undefined],
  ["tog", undefined],
])("a parameter is found whatever the case of its name (RFC 3261 §7.3.1): %s is %j", (name, value) => {
  expect(paramOf(tagAndFlag, name)).toBe(value);
});

test("a parameter is removed whatever the case of its name", () => {
  expect(withoutParam(tagAndFlag, "tag")).toEqual([["lr"]]);
  expect(withoutParam(tagAndFlag, "rport")).toEqual(tagAndFlag);
});

test("any parameters read back as they were written", () => {
  const name = fc.stringMatching(/^[\w.!%*+`'~-]+$/);
  const value = fc.oneof(
    fc.stringMatching(/^[\w.:&[\]@/-]+$/),
    fc.string({ unit: "binary-ascii" }).map(quoted),
  );
  const param = fc.oneof(fc.tuple(name), fc.tuple(name, value));
  fc.assert(
    fc.property(fc.array(param, { maxLength: 6 }), (params) => {
      expect(read(formatParams(params))).toEqual(params);
    }),
  );
});

test.each([
  ['"a \\"b\\" \\\\ c"', 'a "b" \\ c'],
  ['"\\a"', "a"], // §25.1: any octet may be escaped, and then stands for itself
  ['""', ""],
  ["token", "token"],
])("%s means %j (RFC 3261 §25.1, quoted-pair)", (spelled, meaning) => {
  expect(unquoted(spelled)).toBe(meaning);
});

test("any text survives quoting", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary-ascii" }), (text) => {
      expect(unquoted(quoted(text))).toBe(text);
    }),
  );
});
