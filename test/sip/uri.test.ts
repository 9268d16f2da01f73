import { expect, test } from "vitest";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";
import {
  formatUri,
  isSipUri,
  parseSipUri,
  parseUri,
  type SipUri,
  sameUri,
  unescaped,
} from "../../functions/sip/uri.ts";

const BARE: SipUri = {
  scheme: "sip",
  user: undefined,
  password: undefined,
  host: "example.com",
  port: undefined,
  params: [],
  headers: undefined,
};

test.each<[text: string, parts: Partial<SipUri>]>([
  ["sip:example.com", {}],
  ["sips:alice@example.com", { scheme: "sips", user: "alice" }],
  ["sip:alice:secret@example.com:5061", { user: "alice", password: "secret", port: 5061 }],
  ["sip:alice:@example.com", { user: "alice", password: "" }],
  ["sip:Alice@Example.COM", { user: "Alice", host: "Example.COM" }],
  ["sip:*97#@example.com", { user: "*97#" }], // dialled numbers are not escaped by everybody
  ["sip:user;par=u%40example.net@example.com", { user: "user;par=u%40example.net" }], // RFC 4475 §3.1.1.9
  ["sip:%00@example.com", { user: "%00" }], // RFC 4475 §3.1.1.4
  ["sip:192.0.2.1", { host: "192.0.2.1" }],
  ["sip:[2001:db8::10]:5070", { host: "[2001:db8::10]", port: 5070 }], // RFC 5118 §4.4
  ["sip:[2001:db8::10:5070]", { host: "[2001:db8::10:5070]" }], // RFC 5118 §4.3
  ["sip:u@[2001:db8:::192.0.2.1]", { user: "u", host: "[2001:db8:::192.0.2.1]" }], // RFC 5118 §4.10
  ["sip:example.com;transport=ws;lr", { params: [["transport", "ws"], ["lr"]] }],
  ["sip:example.com;n%61me=v%25%34%31", { params: [["n%61me", "v%25%34%31"]] }],
  ["sip:example.com;pn-prid=AA:voip&BB:remote", { params: [["pn-prid", "AA:voip&BB:remote"]] }],
  ["sip:example.com;pn-prid=QUJD==;ob", { params: [["pn-prid", "QUJD=="], ["ob"]] }], // base64, unescaped
  ["sip:example.com?subject=a%20b&to=x", { headers: "subject=a%20b&to=x" }],
])("%s has these parts, as spelled, and is written alike (RFC 3261 §19.1.1)", (text, parts) => {
  expect(parseUri(text)).toEqual({ ...BARE, ...parts });
  expect(formatUri(parseUri(text))).toBe(text);
});

test("the scheme is the same whatever its case (RFC 3261 §19.1.4)", () => {
  expect(parseUri("SIP:example.com")).toEqual(BARE);
});

test.each([
  ["tel:+49-30-1234;phone-context=example.com", "tel", "+49-30-1234;phone-context=example.com"],
  ["urn:service:sos", "urn", "service:sos"],
  ["soap.beep://192.0.2.103:3002", "soap.beep", "//192.0.2.103:3002"], // RFC 4475 §3.3.3
])("%s is a URI, and not a SIP URI", (text, scheme, rest) => {
  const uri = parseUri(text);
  expect(uri).toEqual({ scheme, rest });
  expect(isSipUri(uri)).toBe(false);
  expect(formatUri(uri)).toBe(text);
  expect(() => parseSipUri(text, "Contact")).toThrow(
    new SipSyntaxError("Contact", 0, "expected a sip or sips URI"),
  );
});

test.each([
  ["", 0, "expected a URI scheme"],
  ["<sip:a@h>", 0, "expected a URI scheme"], // RFC 4475 §3.1.2.7
  ["alice", 5, 'expected ":" after the scheme'],
  ["sip:", 4, "expected a host"],
  ["sip:@h", 4, "expected a user before the @"],
  ["sip:a b@h", 5, "an octet that must be escaped in a user"],
  ["sip:a@b@h", 7, "an octet that cannot be part of a URI"],
  ["sip:J\xc3\xbcrgen@h", 5, "an octet that must be escaped in a user"],
  ["sip:a%4@h", 6, "expected two hexadecimal digits"],
  ["sip:a%@h", 6, "expected two hexadecimal digits"],
  ["sip:a@", 6, "expected a host"],
  ["sip:a@h%61", 7, "an octet that cannot be part of a URI"], // §19.1.2: a host has no escapes
  ["sip:a@h:", 8, "expected a number"],
  ["sip:a@h:65536", 8, "expected a number up to 65535"],
  ["sip:2001:db8::10", 9, "expected a number"], // RFC 5118 §4.2
  ["sip:a@[::1", 10, 'expected "]"'],
  ["sip:a@[]", 7, "expected an IPv6 address"],
  ["sip:a@[g::1]", 7, "expected an IPv6 address"],
  ["sip:a@h;", 8, "expected a parameter name"],
  ["sip:a@h;=1", 8, "expected a parameter name"],
  ["sip:a@h;x=", 10, "expected a parameter value"],
  ["sip:a@h; lr", 8, "expected a parameter name"], // RFC 4475 §3.1.2.8
  ["sip:a@h?x=\r\n", 10, "an octet that cannot be part of a URI"],
  ["sip:a@h>", 7, "an octet that cannot be part of a URI"],
  ["tel:", 4, "a URI with nothing after its scheme"],
  ["tel:+1 2", 6, "an octet that cannot be part of a URI"],
  ["tel:<1>", 4, "an octet that cannot be part of a URI"],
])("%j is refused where it goes wrong", (text, at, problem) => {
  expect(() => parseUri(text, "To")).toThrow(new SipSyntaxError("To", at, problem));
});

test.each([
  ["%61lice", "alice"],
  ["a%2540", "a%40"], // RFC 3986 §2.4: never twice
  ["J%C3%BCrgen", "J\xc3\xbcrgen"],
  ["null-%00-null", "null-\0-null"], // RFC 4475 §3.1.1.4: a NUL ends nothing
  ["plain", "plain"],
])("%s stands for %j (RFC 3261 §19.1.2)", (escaped, plain) => {
  expect(unescaped(escaped)).toBe(plain);
});

const same = (a: string, b: string) => sameUri(parseSipUri(a), parseSipUri(b));

test.each([
  ["sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"],
  ["sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"],
  ["sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"],
  [
    "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
    "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
  ],
  [
    "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
    "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
  ],
  ["sip:a@h;pn-provider=fcm;pn-prid=T", "sip:a@h"], // RFC 8599 §4.1.1: the binding after its push parameters go
  ["sip:a@h;n%61me=v%61lue;m%61ddr=h2", "sip:a@h;maddr=H2;name=value"],
])("%s and %s are one URI (RFC 3261 §19.1.4)", (a, b) => {
  expect([same(a, b), same(b, a)]).toEqual([true, true]);
});

test.each([
  ["SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"],
  ["sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"],
  ["sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"],
  ["sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"],
  ["sip:a@h", "sips:a@h"],
  ["sip:a@h", "sip:h"],
  ["sip:a:b@h", "sip:a@h"],
  ["sip:a@h;maddr=192.0.2.1", "sip:a@h"],
  ["sip:a@h;user=phone", "sip:a@h"],
  ["sip:a@h;ttl=1", "sip:a@h"],
  ["sip:a@h;method=BYE", "sip:a@h"],
  ["sip:a@h;name=value%41", "sip:a@h;name=value%2541"], // RFC 4475 §3.1.1.3
  ["sip:a@h;n%61me=1", "sip:a@h;name=2"],
])("%s and %s are two URIs (RFC 3261 §19.1.4)", (a, b) => {
  expect([same(a, b), same(b, a)]).toEqual([false, false]);
});

test("of two parameters of one name the first counts, so that a URI is always itself (RFC 3261 §19.1.1)", () => {
  expect([same("sip:a@h;x;x=1", "sip:a@h;x;x=1"), same("sip:a@h;x;X=1", "sip:a@h;x")]).toEqual([true, true]);
  expect(same("sip:a@h;x=1;x=2", "sip:a@h;x=2;x=1")).toBe(false);
});
