import type { Records } from "../../../functions/ports.ts";
import type { Call } from "../../../functions/proxy/call.ts";
import type { Fork } from "../../../functions/proxy/fork.ts";
import type { Aor } from "../../../functions/sip/aor.ts";
import type { FleetRecords } from "../../fleet/fleet-records.ts";

/** The records of a place, and what is done with all of a kind there. */
export interface Stores extends Records {
  /** Forgets some of what has run out (`now` in ms since 1970). Called now and then; does a little each time. */
  sweep(now: number): Promise<void>;
  /** Every subscriber's AoR, in any order. For the administrator only: in DynamoDB it reads the whole table. */
  users(): AsyncIterable<Aor> | Iterable<Aor>;
  /** The calls that are remembered, in any order. For the administrator only, as `users`. */
  keptCalls(): AsyncIterable<Call> | Iterable<Call>;
  /**
   * The forks that are kept, for their alarms to be set again after a restart, and for the administrator to see the calls
   * that are going on. None in DynamoDB.
   */
  keptForks(): AsyncIterable<Fork> | Iterable<Fork>;
  /** What edges that share these records know of each other; undefined where nobody shares them. */
  readonly fleet?: FleetRecords;
  close(): Promise<void>;
}

/** The kinds of records alone, as the stories want them. */
export function recordsOf(stores: Stores): Records {
  const { locations, forks, connections, subscribers, calls, mailboxes, messages, tokens, budgets } = stores;
  return { locations, forks, connections, subscribers, calls, mailboxes, messages, tokens, budgets };
}
