import { fitted } from "./fitted.ts";

/** Control characters, and the ends of lines and paragraphs. */
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
/** What turns the direction of the text after it, and so what a person reads (Unicode Annex 9 §2). */
const TURNS = /[\u202A-\u202E\u2066-\u2069]/gu;
const NOTHING_TO_SEE = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}]*$/u;

/**
 * What people may read of a text that a stranger wrote: one line in its own direction, of at most `max` octets as JSON in
 * UTF-8. "" if there is nothing to see.
 */
export function readable(text: string, max: number): string {
  const line = text.replace(BREAKS, " ").replace(TURNS, "").trim();
  const begun = fitted(line, max);
  return NOTHING_TO_SEE.test(begun) ? "" : begun;
}
