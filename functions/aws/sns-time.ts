/**
 * The longest that anything of SNS's is waited for, all attempts together, in ms. A phone that is pushed later than this has little
 * of its bucket time left to come, and the caller better hears so; a function on AWS has 29 s for all that it does.
 */
const MAX_TIME = 8_000;

/** Ends whatever is asked of SNS when its answer is of no use any more: in so many ms, at once if there are none, or sooner. */
export function signalFor(time: number): AbortSignal {
  return time <= 0 ? AbortSignal.abort() : AbortSignal.timeout(Math.ceil(Math.min(time, MAX_TIME)));
}
