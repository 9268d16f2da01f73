import type { ForkId } from "../location/ids.ts";

/** What a message of the queue says: that a fork wants to be looked at, and when (ms since 1970). */
export interface QueuedAlarm {
  readonly fork: ForkId;
  readonly at: number;
}

/** The alarm in a message of the queue; undefined for what is none. */
export function queuedAlarm(body: string): QueuedAlarm | undefined {
  try {
    const { fork, at } = JSON.parse(body) as Partial<QueuedAlarm>;
    return typeof fork === "string" && typeof at === "number" ? { fork, at } : undefined;
  } catch {
    return undefined;
  }
}
