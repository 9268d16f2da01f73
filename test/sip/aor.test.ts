import fc from "fast-check";
import { expect, test } from "vitest";
import { aor, aorIn, domainOf, userOf } from "../../functions/sip/aor.ts";
import { octetsOf, textOf } from "../../functions/sip/octets.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";

test.each([
  ["its domain in lower case, its user not", "sip:Alice@Example.COM", "sip:Alice@example.com"],
  ["no parameters, headers, port or password", "sip:a:pw@h:5060;transport=ws;user=phone?x=y", "sip:a@h"],
  ["sips names the same user", "sips:alice@example.com", "sip:alice@example.com"],
  ["escapes that need not be are resolved", "sip:%61li%63e@h", "sip:alice@h"],
  ["escapes that must be stay, in upper case", "sip:a%40b%2f%c3%bc@h", "sip:a%40b/%C3%BC@h"],
  ["an escape is resolved once", "sip:a%2561@h", "sip:a%2561@h"],
  ["a NUL does not end the user", "sip:null-%00-null@h", "sip:null-%00-null@h"], // RFC 4475 §3.1.1.4
  ["an IPv6 host", "sip:a@[2001:DB8::1]:5060", "sip:a@[2001:db8::1]"],
])("the canonical form of an AoR (RFC 3261 §10.3 step 5): %s", (_, text, canonical) => {
  expect(aorIn(text, "To")).toBe(canonical);
});

test.each(["sip:example.com", "tel:+49301234", "isbn:2983792873"])(
  "%s is no AoR (RFC 3261 §10.2)",
  (text) => {
    expect(aorIn(text, "To")).toBeUndefined();
  },
);

test("a malformed URI is refused in the name of its header", () => {
  expect(() => aorIn("sip:a@", "To")).toThrow(new SipSyntaxError("To", 6, "expected a host"));
});

test("user and domain come out of an AoR as a person would write them", () => {
  const address = aor(octetsOf("zoë@work"), "Example.com");
  expect(address).toBe("sip:zo%C3%AB%40work@example.com");
  expect(textOf(userOf(address))).toBe("zoë@work");
  expect(domainOf(address)).toBe("example.com");
});

test("any user of a domain has one AoR, which is its own canonical form and gives the user back", () => {
  const users = fc.uint8Array({ minLength: 1 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
  fc.assert(
    fc.property(users, fc.domain(), (user, domain) => {
      const address = aor(user, domain);
      expect(aorIn(address, "To")).toBe(address);
      expect([userOf(address), domainOf(address)]).toEqual([user, domain.toLowerCase()]);
    }),
  );
});

test("a URI that is too long to be anybody's names nobody: records are kept under AoRs", () => {
  const named = (length: number) => aorIn(`sip:${"a".repeat(length - "sip:@x".length)}@x`, "To");
  expect(named(512)).toHaveLength(512);
  expect(named(513)).toBeUndefined();
});
