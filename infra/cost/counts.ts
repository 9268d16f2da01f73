/** What something takes of the services that it runs on. */
export interface Counts {
  /** Runs of a function: an event of a connection, an alarm, a look. */
  readonly runs: number;
  /** WebSocket messages, both ways, in steps of 32 KB. */
  readonly frames: number;
  /** Those of them that came in. */
  readonly framesIn: number;
  /** What goes out to clients, in octets. */
  readonly octetsOut: number;
  /** Calls of DynamoDB. */
  readonly calls: number;
  /** DynamoDB's read units: 4 KB, consistent; a query of an index is half a one. */
  readonly readUnits: number;
  /** DynamoDB's write units: 1 KB, and one for each entry of the index that comes or goes. */
  readonly writeUnits: number;
  readonly pushes: number;
  /** Messages put into the alarm queue. */
  readonly alarms: number;
  /** What is logged at level `info`, in octets. */
  readonly logOctets: number;
}

export const NOTHING: Counts = {
  runs: 0,
  frames: 0,
  framesIn: 0,
  octetsOut: 0,
  calls: 0,
  readUnits: 0,
  writeUnits: 0,
  pushes: 0,
  alarms: 0,
  logOctets: 0,
};

const KEYS = Object.keys(NOTHING) as readonly (keyof Counts)[];

/** All of them together, each so many times. */
export function total(parts: readonly (readonly [times: number, counts: Counts])[]): Counts {
  const sums: Record<keyof Counts, number> = { ...NOTHING };
  for (const [times, counts] of parts) for (const key of KEYS) sums[key] += times * counts[key];
  return sums;
}

/** What came between two moments. */
export function between(before: Counts, after: Counts): Counts {
  return total([
    [1, after],
    [-1, before],
  ]);
}
