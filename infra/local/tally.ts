import type { Counted, Meter } from "../../functions/ports.ts";

/** How often something has happened since the start, by its labels. */
export interface Count {
  readonly what: Counted;
  readonly labels: Readonly<Record<string, string>>;
  readonly times: number;
}

/** Counts in this process's memory. */
export interface Tally extends Meter {
  counts(): readonly Count[];
}

/** Labels come in one order for each sort, as the stories write them. */
export function tally(): Tally {
  const kept = new Map<string, Count>();
  return {
    count: (what, labels) => {
      const key = JSON.stringify([what, labels]);
      kept.set(key, { what, labels, times: (kept.get(key)?.times ?? 0) + 1 });
    },
    counts: () => [...kept.values()],
  };
}
