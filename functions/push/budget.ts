/** So many pushes within so long, in ms, and then one each time that a share of it has passed. */
export interface Budget {
  /** `Infinity` for no limit. */
  readonly pushes: number;
  readonly window: number;
}

/** How often phones may be woken. Above what people do, and below what empties a battery. */
export interface WakeBudgets {
  /** For one device, whoever calls it. */
  readonly perDevice: Budget;
  /** For one caller, whomever he calls. */
  readonly perCaller: Budget;
  /** For one caller and one device: nobody alone can spend what a device has for all. */
  readonly perPair: Budget;
}

const TEN_MINUTES = 600_000;

export const DEFAULT_WAKE_BUDGETS: WakeBudgets = {
  perDevice: { pushes: 20, window: TEN_MINUTES },
  perCaller: { pushes: 60, window: TEN_MINUTES },
  perPair: { pushes: 10, window: TEN_MINUTES },
};

/**
 * Spends one push. A budget's whole state is the time until which it is spent (GCRA, ITU-T I.371), in ms since 1970, 0 at first:
 * it runs out where that is a window ahead of now. Answers the new one; undefined if there is nothing to spend.
 */
export function spend(spentUntil: number, now: number, { pushes, window }: Budget): number | undefined {
  const next = Math.max(spentUntil, now) + window / pushes;
  // Shares do not always add up to the window.
  return next - now > window + 1 ? undefined : next;
}
