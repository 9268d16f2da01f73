import fc from "fast-check";
import type { PhonePush } from "../../functions/push/phone-push.ts";
import { textOf } from "../../functions/sip/octets.ts";
import { NOW, PUSHES } from "./a-push.ts";

/** The texts of a push that strangers write. */
const TEXTS = ["callId", "from", "name", "to", "method"] as const;

/** This push with other texts in the place of all that strangers write. */
export function saying<P extends PhonePush>(push: P, text: (field: string) => string): P {
  const texts = new Set<string>(TEXTS);
  const fields = Object.entries(push).map(([field, value]) => [
    field,
    texts.has(field) ? text(field) : value,
  ]);
  return Object.fromEntries(fields) as P;
}

/** The largest push of each kind that there can be: every text has a thousand letters, the reason is the longest, and so is its life. */
export const LARGEST: readonly PhonePush[] = Object.values(PUSHES).map((push) => ({
  ...saying(push, () => "x".repeat(1_000)),
  expiresAt: NOW + 28 * 86_400_000,
}));

/** What JSON, UTF-8, terminals and eyes stumble over. */
const UNPLEASANT = [
  '"',
  "\\",
  "\0",
  "\u001b",
  "\r\n",
  "\u0085",
  "\u2028",
  "\u202e",
  "\u2066",
  "\u2069",
  "\u200d",
  "\u3164",
  "\ufffd",
  "\u0301",
  "é",
  "名",
  "🐇",
  "👩‍👩‍👧",
  "🇩🇪",
  " ",
  "a",
];

/** A text from a stranger, short or long: any letters, one unpleasant letter many times, or any octets, read as UTF-8. */
export const stranger: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 900 }),
  fc.array(fc.constantFrom(...UNPLEASANT), { maxLength: 700 }).map((letters) => letters.join("")),
  fc.tuple(fc.constantFrom(...UNPLEASANT), fc.nat(1_500)).map(([letter, times]) => letter.repeat(times)),
  fc.uint8Array({ maxLength: 900 }).map((octets) => textOf(Buffer.from(octets).toString("latin1"))),
);

/** A push of any kind whose every text is from a stranger. */
export const hostilePush: fc.Arbitrary<PhonePush> = fc
  .tuple(fc.constantFrom(...Object.values(PUSHES)), fc.array(stranger, { minLength: 5, maxLength: 5 }))
  .map(([push, texts]) => {
    let next = 0;
    return saying<PhonePush>(push, () => texts[next++] ?? "");
  });
