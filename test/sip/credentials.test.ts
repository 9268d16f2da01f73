import { expect, test } from "vitest";
import { Authorization } from "../../functions/sip/fields.ts";
import { HeaderLine } from "../../functions/sip/headers.ts";
import { paramOf } from "../../functions/sip/params.ts";
import { unquoted } from "../../functions/sip/scanner.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";

const read = (text: string) => new HeaderLine(Authorization.key, text, 0).read(Authorization)[0];

test("Digest credentials are parameters in their order, as spelled (RFC 3261 §22.4)", () => {
  expect(
    read(
      'Digest username="alice", realm="example.com",nonce="n1" , uri="sip:example.com", qop=auth, nc=00000001',
    ),
  ).toEqual({
    scheme: "digest",
    token: undefined,
    params: [
      ["username", '"alice"'],
      ["realm", '"example.com"'],
      ["nonce", '"n1"'],
      ["uri", '"sip:example.com"'],
      ["qop", "auth"],
      ["nc", "00000001"],
    ],
  });
});

test("commas, equals signs and escaped quotes inside quotes belong to the value (RFC 3261 §25.1)", () => {
  const params = read('Digest username="a, \\"b\\"=c\\\\", realm="x"')?.params ?? [];
  expect(unquoted(paramOf(params, "username") ?? "")).toBe('a, "b"=c\\');
  expect(paramOf(params, "realm")).toBe('"x"');
});

test("the scheme is the same whatever its case (RFC 7235 §2.1)", () => {
  expect(read("DIGEST realm=x")).toEqual({ scheme: "digest", token: undefined, params: [["realm", "x"]] });
});

test("a bearer token is one token68, with padding (RFC 8898 §2.3)", () => {
  expect(read("Bearer eyJh.b-_~+/c==")).toEqual({ scheme: "bearer", token: "eyJh.b-_~+/c==", params: [] });
});

test.each([
  ["", 0, "expected an authentication scheme"],
  ["Digest", 6, "expected a parameter name"],
  ["Digest realm", 12, 'expected "="'],
  ["Digest realm=", 13, "expected a parameter value"],
  ['Digest realm="x', 14, "a quoted string without an end"],
  ['Digest realm="x",', 17, "expected a parameter name"],
  ['Digest realm="x" nonce="y"', 17, "an octet that does not belong here"],
  ["Bearer ", 7, "expected a token"],
  ["Bearer a b", 9, "an octet that does not belong here"],
])("%j is refused where it goes wrong", (text, at, problem) => {
  expect(() => read(text)).toThrow(new SipSyntaxError("Authorization", at, problem));
});
