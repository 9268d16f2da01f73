/** Four weeks: FCM takes no longer life, and SNS gives none to a push that does not say. In seconds. */
const MAX_LIFE = 28 * 86_400;

/**
 * How long a push that is of use until `end` may live as of `now` (both in ms since 1970): whole seconds, never beyond `end`.
 * 0: now or never.
 */
export function lifeUntil(end: number, now: number): number {
  return Math.min(MAX_LIFE, Math.max(0, Math.floor((end - now) / 1000)));
}
