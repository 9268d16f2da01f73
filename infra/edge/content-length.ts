/** Every Content-Length line, by its name or `l`, in any case (RFC 3261 §7.3.1). */
const LINES = /\n(?:content-length|l)[ \t]*:([^\n]*)/gi;
/** Where a line goes on in the next one. */
const FOLD = /\n[ \t]/g;
const DIGITS = /^\d{1,20}$/;

/**
 * How many octets of body the headers announce, by a look and not by parsing (RFC 3261 §18.3). "none" if they do not say,
 * "unclear" if what they say is no number, or two.
 */
export function contentLengthIn(head: string): number | "none" | "unclear" {
  let found: number | undefined;
  for (const [, value = ""] of head.replace(FOLD, " ").matchAll(LINES)) {
    const digits = value.trim();
    if (!DIGITS.test(digits)) return "unclear";
    const length = Number(digits);
    if (found !== undefined && found !== length) return "unclear";
    found = length;
  }
  return found ?? "none";
}
