/** How many attempts a shrinking takes at most. */
const ATTEMPTS = 5_000;

/**
 * A shorter input that fails in the same way, by leaving out ever smaller parts as long as that can be done (ddmin without its
 * complements).
 */
export async function shrunk(text: string, failsAlike: (text: string) => Promise<boolean>): Promise<string> {
  let best = text;
  let attempts = ATTEMPTS;
  for (let size = Math.ceil(best.length / 2); size > 0 && attempts > 0; ) {
    const before = best.length;
    for (let at = 0; at < best.length && attempts > 0; attempts--) {
      const less = best.slice(0, at) + best.slice(at + size);
      if (await failsAlike(less)) best = less;
      else at += size;
    }
    if (best.length === before || size > best.length) size = Math.min(Math.floor(size / 2), best.length);
  }
  return best;
}
