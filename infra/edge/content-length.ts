/** Every Content-Length line, by its name or `l`, in any case, folded or not (RFC 3261 §7.3.1). */
const LINES = /\n(?:content-length|l)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)/gi;
const DIGITS = /^\d{1,20}$/;

/**
 * How many octets of body the headers announce, by a look and not by parsing (RFC 3261 §18.3). "none" if they do not say,
 * "unclear" if what they say is no number, or two.
 */
export function contentLengthIn(head: string): number | "none" | "unclear" {
  let found: number | undefined;
  for (const [, value = ""] of head.matchAll(LINES)) {
    const digits = value.trim();
    if (!DIGITS.test(digits)) return "unclear";
    const length = Number(digits);
    if (found !== undefined && found !== length) return "unclear";
    found = length;
  }
  return found ?? "none";
}
