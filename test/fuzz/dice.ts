/** Dice that throw the same numbers for the same seed, on every machine. */
export interface Dice {
  /** A whole number from 0 to less than `end`. */
  below(end: number): number;
  /** One of the items, of which there must be some. */
  pick<Item>(items: readonly Item[]): Item;
}

/** The generator mulberry32; the seed is any whole number. */
export function dice(seed: number): Dice {
  let state = seed >>> 0;
  const below = (end: number) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  };
  return { below, pick: <Item>(items: readonly Item[]) => items[below(items.length)] as Item };
}
