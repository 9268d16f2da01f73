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

/** A sweep goes once through a database in about this many calls. */
const SWEEP_CALLS = 30;
const SWEEP_MIN = 100;

/**
 * Records in LMDB files in a folder. A swap is LMDB's conditional put: it is answered when its transaction has been
 * committed, many swaps to a transaction, off this thread. What a commit survives, `openLmdbEnvironment` says.
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
      await Promise.all(sweepers.map((sweep) => sweep(now)));
    },
    keptForks: function* () {
      for (const { value } of forks.getRange()) yield value.value;
    },
    close: () => environment.close(),
  };
}

function lmdbStore<Value>(database: Database<Kept<Value>, string>): RecordStore<Value> {
  return {
    read: (key) => {
      const entry = database.getEntry(key);
      return Promise.resolve({ value: entry?.value.value, version: entry?.version ?? ABSENT });
    },
    swap: (key, read, value, expiresAt) => {
      // LMDB's own word for "must not exist" is null, which its types do not know.
      const ifVersion = read === ABSENT ? (null as unknown as number) : read;
      if (value !== undefined) {
        return database.put(key, { expiresAt, value }, nextVersion(read), ifVersion).then(outcomeOf);
      }
      if (read === ABSENT) return Promise.resolve(outcomeOf(!database.doesExist(key)));
      return database.remove(key, ifVersion).then(outcomeOf);
    },
  };
}

function outcomeOf(isDone: boolean): "committed" | "stale" {
  return isDone ? "committed" : "stale";
}

let latest: Version = ABSENT;

/** Later than any version that this record, or a former one of the same key, can have had: none ever returns. */
function nextVersion(read: Version): Version {
  latest = Math.max(latest, read, Date.now() * 1000) + 1;
  return latest;
}

/** Goes through a database in slices and removes what has run out and has not been renewed since. */
function sweeper(database: Database<Kept<unknown>, string>): (now: number) => Promise<void> {
  let from = "";
  return async (now) => {
    const { entryCount = 0 } = database.getStats() as { entryCount?: number };
    const limit = Math.max(SWEEP_MIN, Math.ceil(entryCount / SWEEP_CALLS));
    const removals: Promise<boolean>[] = [];
    let seen = 0;
    for (const { key, value, version = 0 } of database.getRange({ start: from, limit, versions: true })) {
      from = key;
      seen++;
      if (value.expiresAt <= now) removals.push(database.remove(key, version));
    }
    if (seen < limit) from = "";
    await Promise.all(removals);
  };
}
