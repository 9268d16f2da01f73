/** The longest text that is told to people of what a push service said, in characters. */
export const MAX_ID = 256;

/** The first `max` characters of a text; a character is a code point, and never halved. */
export function cut(text: string, max: number): string {
  return text.length <= max ? text : Array.from(text).slice(0, max).join("");
}
