import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesOf, octetsOf, octetsOfBytes, textOf, trimmed } from "../../functions/sip/octets.ts";

test("a text becomes its UTF-8 octets, one character each (RFC 3261 §7.3.1)", () => {
  expect(octetsOf("Zoë €")).toBe("Zo\xc3\xab \xe2\x82\xac");
});

test("an ASCII text is its own octets", () => {
  expect(octetsOf("sip:alice@example.com")).toBe("sip:alice@example.com");
});

test("octets that are no UTF-8 read as U+FFFD and are not lost", () => {
  const latin1 = "Zo\xeb";
  expect(textOf(latin1)).toBe("Zo\ufffd");
  expect(bytesOf(latin1)).toEqual(Buffer.from([0x5a, 0x6f, 0xeb]));
});

test("any text is the same after a way through octets", () => {
  const texts = fc.string({ unit: "binary", maxLength: 50 });
  fc.assert(
    fc.property(texts, (text) => {
      expect(textOf(octetsOf(text))).toBe(text);
    }),
  );
});

test("any bytes are the same after a way through octets, and as many", () => {
  const anyBytes = fc.uint8Array().map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      expect(octetsOfBytes(bytes)).toHaveLength(bytes.length);
      expect(bytesOf(octetsOfBytes(bytes))).toEqual(bytes);
    }),
  );
});

test.each([
  ["SP and HTAB at both ends go", " \t a b \t", "a b"],
  ["nothing but blanks is nothing", " \t ", ""],
  ["octet A0, the second of à, stays", octetsOf(" voilà"), "voil\xc3\xa0"],
  ["a vertical tab stays", "\va\f", "\va\f"],
])("white space is SP and HTAB only (RFC 3261 §25.1): %s", (_, octets, expected) => {
  expect(trimmed(octets)).toBe(expected);
});
