const QUOTE = 34;
const BACKSLASH = 92;
/** `\b`, `\t`, `\n`, `\f`, `\r`: the control characters that JSON has short names for (RFC 8259 §7). */
const SHORT_ESCAPES: ReadonlySet<number> = new Set([8, 9, 10, 12, 13]);

/**
 * The longest beginning of a text that takes at most `max` octets as JSON in UTF-8, its quotes not counted. Letters stay
 * whole: a text without halves of surrogate pairs gets none.
 */
export function fitted(text: string, max: number): string {
  let octets = 0;
  let end = 0;
  for (const letter of text) {
    octets += jsonOctets(letter.codePointAt(0) ?? 0);
    if (octets > max) return text.slice(0, end);
    end += letter.length;
  }
  return text;
}

/** How many octets JSON needs for a code point, as `JSON.stringify` escapes it: 1 to 6. */
function jsonOctets(code: number): number {
  if (code === QUOTE || code === BACKSLASH || SHORT_ESCAPES.has(code)) return 2;
  if (code < 0x20) return 6;
  if (code < 0x80) return 1;
  if (code < 0x8_00) return 2;
  const isHalf = code >= 0xd8_00 && code <= 0xdf_ff;
  if (isHalf) return 6;
  return code < 0x1_00_00 ? 3 : 4;
}
