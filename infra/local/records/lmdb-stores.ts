import type { Database } from "lmdb";
import type { Location } from "../../../functions/location/location.ts";
import {
  ABSENT,
  type Connection,
  type RecordStore,
  type Subscriber,
  type Version,
} from "../../../functions/ports.ts";
import type { Fork } from "../../../functions/proxy/fork.ts";
import { type LmdbEnvironmentOptions, openLmdbEnvironment } from "./lmdb-environment.ts";
import type { Stores } from "./stores.ts";

/** A record as it lies on disk. The version is LMDB's own, beside it. */
interface Kept<Value> {
  readonly expiresAt: number;
  readonly value: Value;
}

const COMMITTED = Promise.resolve("committed" as const);
const STALE = Promise.resolve("stale" as const);

/** A sweep goes once through a database in about this many calls. */
const SWEEP_CALLS = 30;
const SWEEP_MIN = 100;

/**
 * Records in LMDB files in a folder. A swap is LMDB's conditional put, in a transaction of its own on this thread: a commit
 * that waits for no disk costs less than handing it to another thread. What it survives, `openLmdbEnvironment` says.
 */
export async function lmdbStores(folder: string, options: LmdbEnvironmentOptions): Promise<Stores> {
  const environment = await openLmdbEnvironment(folder, options);
  const databaseOf = <Value>(name: string): Database<Kept<Value>, string> =>
    environment.root.openDB<Kept<Value>, string>({
      name,
      useVersions: true,
      // Property names are kept once per database, not once per record.
      sharedStructuresKey: Symbol.for("structures"),
    });
  const locations = databaseOf<Location>("location");
  const forks = databaseOf<Fork>("fork");
  const connections = databaseOf<Connection>("connection");
  const subscribers = databaseOf<Subscriber>("subscriber");
  const sweepers = [sweeper(locations), sweeper(forks), sweeper(connections)];
  return {
    locations: lmdbStore(locations),
    forks: lmdbStore(forks),
    connections: lmdbStore(connections),
    subscribers: lmdbStore(subscribers),
    sweep: async (now) => {
      for (const sweep of sweepers) sweep(now);
    },
    keptForks: function* () {
      for (const { value } of forks.getRange()) yield value.value;
    },
    close: () => environment.close(),
  };
}

/** LMDB's conditional writes as they are: its types know neither the condition, nor that "must not exist" is null. */
interface ConditionalWrites<Value> {
  putSync(key: string, value: Kept<Value>, version: Version, ifVersion: Version | null): boolean;
  removeSync(key: string, ifVersion: Version): boolean;
}

function lmdbStore<Value>(database: Database<Kept<Value>, string>): RecordStore<Value> {
  const writes = database as unknown as ConditionalWrites<Value>;
  return {
    read: (key) => {
      const entry = database.getEntry(key);
      return Promise.resolve({ value: entry?.value.value, version: entry?.version ?? ABSENT });
    },
    swap: (key, read, value, expiresAt) => {
      if (value !== undefined) {
        const ifVersion = read === ABSENT ? null : read;
        const isDone = writes.putSync(key, { expiresAt, value }, nextVersion(read), ifVersion);
        return isDone ? COMMITTED : STALE;
      }
      const isDone = read === ABSENT ? !database.doesExist(key) : writes.removeSync(key, read);
      return isDone ? COMMITTED : STALE;
    },
  };
}

let latest: Version = ABSENT;

/** Later than any version that this record, or a former one of the same key, can have had: none ever returns. */
function nextVersion(read: Version): Version {
  latest = Math.max(latest, read, Date.now() * 1000) + 1;
  return latest;
}

/** Goes through a database in slices and removes what has run out and has not been renewed since. */
function sweeper(database: Database<Kept<unknown>, string>): (now: number) => void {
  let from = "";
  return (now) => {
    const { entryCount = 0 } = database.getStats() as { entryCount?: number };
    const limit = Math.max(SWEEP_MIN, Math.ceil(entryCount / SWEEP_CALLS));
    const over: string[] = [];
    let seen = 0;
    for (const { key, value } of database.getRange({ start: from, limit })) {
      from = key;
      seen++;
      if (value.expiresAt <= now) over.push(key);
    }
    if (seen < limit) from = "";
    database.transactionSync(() => {
      for (const key of over) database.removeSync(key);
    });
  };
}
