/** So many at once, and then so many per second. */
export interface Pace {
  readonly burst: number;
  /** `Infinity` for no limit. */
  readonly perSecond: number;
}

/** Sums of shares of a second are off by less, in ms. */
const ROUNDING = 0.5;

/**
 * A token bucket whose whole state is the time until which it is spent (GCRA, ITU-T I.371), in ms since 1970, 0 at first. Answers
 * the new one. It may lie as far ahead as one likes: see `isOver`.
 */
export function spend(spentUntil: number, now: number, { perSecond }: Pace, amount = 1): number {
  return Math.max(spentUntil, now) + (amount * 1000) / perSecond;
}

/** Whether more is spent than so many bursts. */
export function isOver(spentUntil: number, now: number, { burst, perSecond }: Pace, bursts = 1): boolean {
  return spentUntil - now > (bursts * burst * 1000) / perSecond + ROUNDING;
}
