import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readable } from "../../functions/push/readable.ts";
import { stranger } from "./strangers.ts";

const ROOM = 256;

test.each([
  "Alice",
  "Zoë Ångström",
  "İpek",
  "名前",
  "مريم",
  "שרה לוי",
  "क्षत्रिय",
  "👩‍👩‍👧",
  "🇩🇪",
  '<b>"Bob"</b> \\ O\'Hara & Co.',
  "Nasıl?  Zwei  Leerzeichen",
])("%j is read as it was written", (name) => {
  expect(readable(name, ROOM)).toBe(name);
});

test.each([
  ["lines are one line", "Alice\r\nIncoming call: Bob", "Alice Incoming call: Bob"],
  ["so are lines of Unicode", "Alice\u2028Bob\u2029Carol\u0085Dan", "Alice Bob Carol Dan"],
  ["a NUL hides nothing", "Alice\0Bob", "Alice Bob"],
  ["no terminal is told anything", "\u001b[31mAlice\u001b[0m", "[31mAlice [0m"],
  ["C1 controls are controls", "Alice\u009b31m", "Alice 31m"],
  ["no override turns what follows", "\u202eecilA\u202c", "ecilA"],
  ["nor does an embedding", "\u202aAlice\u202b\u202d", "Alice"],
  ["nor does an isolate", "\u2066Al\u2067i\u2068ce\u2069", "Alice"],
  ["blanks around it are gone", " \t Alice \u00a0\u3000", "Alice"],
  ["blanks that were behind a turn, too", "\u202e  Alice  \u202c", "Alice"],
])("%s", (_, name, read) => {
  expect(readable(name, ROOM)).toBe(read);
});

test.each([
  ["nothing", ""],
  ["blanks", "   \t"],
  ["controls", "\0\u001b\u0085"],
  ["turns", "\u202e\u2066\u2069"],
  ["joiners and spaces of no width", "\u200b\u200d\u2060\ufeff"],
  ["Hangul fillers, which are letters", "\u3164\u115f\u1160\uffa0"],
  ["a blank between joiners", "\u200d \u200d"],
  ["more invisible letters than there is room for, and then a name", `${"\u200b".repeat(300)}Alice`],
])("of %s there is nothing to see", (_, name) => {
  expect(readable(name, ROOM)).toBe("");
});

describe("whatever a stranger writes", () => {
  const anyRoom = fc.integer({ min: 0, max: 600 });

  test("is one line, in its own direction, of whole letters, and fits", () => {
    fc.assert(
      fc.property(stranger, anyRoom, (text, room) => {
        const read = readable(text, room);
        expect(read).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
        expect(Buffer.from(read).toString()).toBe(read);
        expect(Buffer.byteLength(JSON.stringify(read)) - 2).toBeLessThanOrEqual(room);
      }),
    );
  });

  test("is read again as it was read", () => {
    fc.assert(
      fc.property(stranger, anyRoom, (text, room) => {
        const read = readable(text, room).trim();
        expect(readable(read, room)).toBe(read);
      }),
    );
  });
});
