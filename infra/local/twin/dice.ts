/** Throws the next die for something: a number from 0 up to 1. */
export type Dice = (what: string) => number;

/** Dice by a seed. What is thrown for one thing does not depend on how often others were thrown for. */
export function seededDice(seed: number): Dice {
  const states = new Map<string, number>();
  return (what) => {
    const state = ((states.get(what) ?? hashed(`${seed} ${what}`)) + 0x6d2b79f5) >>> 0;
    states.set(what, state);
    // mulberry32
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** FNV-1a. */
function hashed(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}
