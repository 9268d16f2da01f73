import { logFault } from "../../functions/fault.ts";
import type { ForkId } from "../../functions/location/ids.ts";
import type { Alarms, Log } from "../../functions/ports.ts";

/** Timers take 31 bits of ms; no fork waits that long. */
const MAX_DELAY = 2 ** 31 - 1;

/** An alarm that could not ring rings again after this time, in ms, then after twice as long, and so on. */
const AGAIN = 2_000;
/** So often in all: some eight minutes. Who looks at the fork by then finds that it is over time, or nobody can read it. */
const ATTEMPTS = 9;

/**
 * Alarms as timers of this process. They are gone with it: whoever starts it sets them again from the forks that are
 * kept. One whose `ring` rejects is logged, and rings again, later each time, and not for ever.
 */
export function timerAlarms(
  ring: (fork: ForkId) => Promise<void>,
  clock: () => number,
  log: Log,
): Alarms & { close(): Promise<void> } {
  const timers = new Set<NodeJS.Timeout>();
  const ringing = new Set<Promise<void>>();
  let isClosed = false;
  const ringOnce = async (fork: ForkId, attempt: number): Promise<void> => {
    try {
      await ring(fork);
    } catch (error) {
      logFault(log, "alarm", error);
      if (attempt < ATTEMPTS) setIn(AGAIN * 2 ** (attempt - 1), fork, attempt + 1);
    }
  };
  const setIn = (delay: number, fork: ForkId, attempt: number): void => {
    // By one that still rings. The fork is kept, and so is this alarm for the next start.
    if (isClosed) return;
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        const work = ringOnce(fork, attempt).finally(() => ringing.delete(work));
        ringing.add(work);
      },
      Math.min(Math.max(delay, 0), MAX_DELAY),
    );
    timers.add(timer);
  };
  return {
    set: async (fork, at) => setIn(at - clock(), fork, 1),
    close: async () => {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      await Promise.all(ringing);
    },
  };
}
