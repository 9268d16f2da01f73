import { isOver, type Pace, spend as spent } from "../pace.ts";

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

/** Spends one push. Answers until when the budget is spent then (`pace.ts`); undefined if there is nothing to spend. */
export function spend(spentUntil: number, now: number, budget: Budget): number | undefined {
  const pace = paceOf(budget);
  const next = spent(spentUntil, now, pace);
  return isOver(next, now, pace) ? undefined : next;
}

function paceOf({ pushes, window }: Budget): Pace {
  return { burst: pushes, perSecond: (pushes * 1000) / window };
}
