/** What the server under test waits for, in ms: shorter than in life, so that all is over soon. */
export const TIMERS = {
  bucket: 4_000,
  otherBucket: 4_000,
  hedge: 1_000,
  turn: 4_000,
  timerC: 12_000,
  transaction: 8_000,
};
/** T1 and T2 of the phones, for the same reason (RFC 3261 §17.1.2.2). */
export const T1 = 125;
export const T2 = 1_000;
