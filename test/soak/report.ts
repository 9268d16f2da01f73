import type { Memory } from "./protocol.ts";
import type { RecordCounts } from "./record-counts.ts";
import type { Slopes } from "./slope.ts";

/** How often each thing was, by its name. */
export type Tally = Readonly<Record<string, number>>;

/** What a soak has found. */
export interface Report {
  readonly violations: readonly string[];
  /** What a fault explains: docs/design.md has what is known. */
  readonly excused: Tally;
  /** What was asked and answered. */
  readonly counts: Tally;
  readonly calls: number;
  /** Calls of ports, and the faults that they met. */
  readonly ports: number;
  readonly faults: Tally;
  readonly faultLines: Tally;
  readonly kills: number;
  readonly stuckForks: number;
  readonly ghosts: number;
  /** Alarms that failed so often that they ring no more. */
  readonly forsaken: number;
  readonly memory: readonly Memory[];
  readonly slope: Slopes;
  readonly records: Growth;
}

/** How many records there were. */
export interface Growth {
  readonly start: RecordCounts;
  readonly middle: RecordCounts;
  readonly end: RecordCounts;
}
