import fc from "fast-check";
import { expect, test } from "vitest";
import { fitted } from "../../functions/push/fitted.ts";
import { stranger } from "./strangers.ts";

/** The octets of a text in JSON and UTF-8, without its quotes: as they will be on the wire. */
function jsonOctets(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

test.each([
  ["a letter of ASCII", "a", 1],
  ["DEL, which JSON does not escape", "\u007f", 1],
  ["a quotation mark", '"', 2],
  ["a backslash", "\\", 2],
  ["a line feed", "\n", 2],
  ["a backspace", "\b", 2],
  ["a control character without a short name", "\u001b", 6],
  ["the one before SP", "\u001f", 6],
  ["the first letter of two octets", "\u0080", 2],
  ["the last letter of two octets", "\u07ff", 2],
  ["the first letter of three octets", "\u0800", 3],
  ["the end of a line, which JSON does not escape", "\u2028", 3],
  ["the last before the surrogates", "\ud7ff", 3],
  ["the first behind the surrogates", "\ue000", 3],
  ["the last letter of three octets", "\uffff", 3],
  ["a rabbit", "🐇", 4],
  ["the last letter of Unicode", "\u{10ffff}", 4],
])("%s takes as much room as JSON makes of it (RFC 8259 §7)", (_, letter, octets) => {
  expect(jsonOctets(letter)).toBe(octets);
  for (const room of [0, 1, 5, 6, 7, 24]) {
    expect(fitted(letter.repeat(30), room)).toBe(letter.repeat(Math.floor(room / octets)));
  }
});

test("what fits is left as it is, to the last octet", () => {
  fc.assert(
    fc.property(stranger, (text) => {
      expect(fitted(text, jsonOctets(text))).toBe(text);
    }),
  );
});

test("what does not fit is the longest beginning that does, of whole letters", () => {
  fc.assert(
    fc.property(stranger, fc.nat(600), (text, room) => {
      const begun = fitted(text, room);
      expect(text.startsWith(begun)).toBe(true);
      expect(jsonOctets(begun)).toBeLessThanOrEqual(room);
      expect(Buffer.from(begun).toString()).toBe(begun);
      const [next = ""] = text.slice(begun.length);
      if (begun !== text) expect(jsonOctets(begun + next)).toBeGreaterThan(room);
    }),
  );
});

test("half a letter, which no octets of SIP can spell, is counted as JSON spells it", () => {
  expect(fitted("\ud83d".repeat(3), 12)).toBe("\ud83d".repeat(2));
  expect(jsonOctets("\ud83d")).toBe(6);
});
