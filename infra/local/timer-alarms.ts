import type { ForkId } from "../../functions/location/ids.ts";
import type { Alarms } from "../../functions/ports.ts";

/** Timers take 31 bits of ms; no fork waits that long. */
const MAX_DELAY = 2 ** 31 - 1;

/**
 * Alarms as timers of this process. They are gone with it: whoever starts it sets them again from the forks that are
 * kept. `ring` must not reject.
 */
export function timerAlarms(
  ring: (fork: ForkId) => Promise<void>,
  clock: () => number,
): Alarms & { close(): Promise<void> } {
  const timers = new Set<NodeJS.Timeout>();
  const ringing = new Set<Promise<void>>();
  let isClosed = false;
  return {
    set: async (fork, at) => {
      // By one that still rings. The fork is kept, and so is this alarm for the next start.
      if (isClosed) return;
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          const work = ring(fork).finally(() => ringing.delete(work));
          ringing.add(work);
        },
        Math.min(Math.max(at - clock(), 0), MAX_DELAY),
      );
      timers.add(timer);
    },
    close: async () => {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      await Promise.all(ringing);
    },
  };
}
