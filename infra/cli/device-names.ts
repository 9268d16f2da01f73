/** How many characters a name has if they tell all apart. */
const SHORTEST = 8;

/**
 * What devices are called in a table: the ends of their contacts' keys, just long enough to tell them apart, since of a
 * UUID the end differs most.
 */
export function deviceNames(keys: Iterable<string>): ReadonlyMap<string, string> {
  const bare = Array.from(new Set(keys), (key): [key: string, bare: string] => [
    key,
    key.replace(/[<>]/g, ""),
  ]);
  const longest = Math.max(0, ...bare.map(([, text]) => text.length));
  for (let length = SHORTEST; length < longest; length++) {
    const names = new Map(bare.map(([key, text]) => [key, text.slice(-length)]));
    if (new Set(names.values()).size === bare.length) return names;
  }
  return new Map(bare.map(([key]) => [key, key]));
}
