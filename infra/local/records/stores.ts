import type { Location } from "../../../functions/location/location.ts";
import type { Connection, DueStore, RecordStore, Subscriber } from "../../../functions/ports.ts";
import type { Fork } from "../../../functions/proxy/fork.ts";

/** The four kinds of records, wherever they are kept. */
export interface Stores {
  readonly locations: DueStore<Location>;
  readonly forks: RecordStore<Fork>;
  readonly connections: RecordStore<Connection>;
  readonly subscribers: RecordStore<Subscriber>;
  /** Forgets some of what has run out (`now` in ms since 1970). Called now and then; does a little each time. */
  sweep(now: number): Promise<void>;
  /** The forks that are kept, for their alarms to be set again after a restart. */
  keptForks(): AsyncIterable<Fork> | Iterable<Fork>;
  close(): Promise<void>;
}
