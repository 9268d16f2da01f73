/** The longest texts that go into a push, in characters: APNs takes 4 KB in all, and the names come from strangers. */
export const MAX_ID = 256;
export const MAX_NAME = 64;

/** The first `max` characters of a text; a character is a code point, and never halved. */
export function cut(text: string, max: number): string {
  return text.length <= max ? text : Array.from(text).slice(0, max).join("");
}
