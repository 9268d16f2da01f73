import type { Invocation } from "./invocation.ts";
import type { PassingTime } from "./passing-time.ts";
import type { Task } from "./schedule.ts";
import type { World, WorldOptions } from "./world.ts";

/** What may happen next: a call of a port that a function has come to, or a move of somebody. */
interface Turn extends Task {
  /** Whose call of a port it is; undefined for a move. */
  readonly by: Invocation | undefined;
}

/** What a world goes by, seen from inside. */
export interface Workings {
  readonly world: World;
  readonly options: WorldOptions;
  readonly time: PassingTime;
  turns: Turn[];
  /** Whether the race has begun: before it nothing goes wrong. */
  hasBegun: boolean;
  /** Calls of ports since then. */
  portCalls: number;
  /** All calls of ports. */
  happened: number;
  /** Alarms that were set since the race began. */
  alarms: number;
  /** What people read in place of a long key. */
  nameOf(key: string): string;
  /** The function dies, and maybe its process. */
  die(by: Invocation): void;
}
