import { type Profiler, Session } from "node:inspector";

/** What code has run, by V8's own count. */
export interface Coverage {
  /** How often each block of our code ran since the last time, under a name of the block. */
  take(): ReadonlyMap<string, number>;
  /** How many blocks ran since the last time, counted as often as they did: a measure of work that no clock disturbs. */
  steps(): number;
  stop(): void;
}

/**
 * Counts from now on what runs in the scripts that `isOurs` names. What has been loaded before is counted by function only: so
 * begin, and then import what is to be watched.
 */
export function coverage(isOurs: (url: string) => boolean): Coverage {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const take = () => {
    let scripts: readonly Profiler.ScriptCoverage[] = [];
    // In one's own thread it answers before it returns.
    session.post("Profiler.takePreciseCoverage", (error, { result } = { result: [] }) => {
      if (error !== null) throw error;
      scripts = result;
    });
    return blocksOf(scripts.filter(({ url }) => isOurs(url)));
  };
  return {
    take,
    steps: () => [...take().values()].reduce((sum, count) => sum + count, 0),
    stop: () => session.disconnect(),
  };
}

function blocksOf(scripts: readonly Profiler.ScriptCoverage[]): ReadonlyMap<string, number> {
  const blocks = new Map<string, number>();
  for (const { scriptId, functions } of scripts) {
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) {
        if (count > 0) blocks.set(`${scriptId}:${startOffset}-${endOffset}`, count);
      }
    }
  }
  return blocks;
}
