import type { Database, RootDatabase } from "lmdb";
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
 * Records in LMDB files in a folder. A swap is LMDB's conditional put, committed on this thread: a commit that waits for no
 * disk costs less than handing it to another thread. What it survives, `openLmdbEnvironment` says.
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
  const commits = new Commits(environment.root);
  const sweepers = [sweeper(locations), sweeper(forks), sweeper(connections)];
  return {
    locations: lmdbStore(locations, commits),
    forks: lmdbStore(forks, commits),
    connections: lmdbStore(connections, commits),
    subscribers: lmdbStore(subscribers, commits),
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

function lmdbStore<Value>(database: Database<Kept<Value>, string>, commits: Commits): RecordStore<Value> {
  const writes = database as unknown as ConditionalWrites<Value>;
  return {
    read: (key) => {
      const entry = database.getEntry(key);
      return Promise.resolve({ value: entry?.value.value, version: entry?.version ?? ABSENT });
    },
    swap: (key, read, value, expiresAt) => {
      if (value !== undefined) {
        const ifVersion = read === ABSENT ? null : read;
        return commits.add(() => writes.putSync(key, { expiresAt, value }, nextVersion(read), ifVersion));
      }
      return commits.add(() => (read === ABSENT ? !database.doesExist(key) : writes.removeSync(key, read)));
    },
  };
}

interface Write {
  /** Whether its condition held. */
  readonly write: () => boolean;
  readonly settle: (isDone: boolean) => void;
  readonly fail: (error: unknown) => void;
}

/** The writes of one turn of the event loop, in one transaction at its end: beginning and committing is most of its price. */
class Commits {
  readonly #root: RootDatabase;
  #writes: Write[] = [];

  constructor(root: RootDatabase) {
    this.#root = root;
  }

  /** Answers when the write is committed, or was refused because its condition did not hold. */
  add(write: () => boolean): Promise<"committed" | "stale"> {
    return new Promise((resolve, fail) => {
      const settle = (isDone: boolean) => resolve(isDone ? "committed" : "stale");
      if (this.#writes.push({ write, settle, fail }) === 1) setImmediate(() => this.#commit());
    });
  }

  #commit(): void {
    const writes = this.#writes;
    this.#writes = [];
    let answers: (() => void)[];
    try {
      answers = this.#root.transactionSync(() => writes.map(attempt));
    } catch (error) {
      answers = writes.map((write) => () => write.fail(error));
    }
    for (const answer of answers) answer();
  }
}

/** Makes a write, and answers what to say once it is committed. One that cannot be made fails alone. */
function attempt({ write, settle, fail }: Write): () => void {
  try {
    const isDone = write();
    return () => settle(isDone);
  } catch (error) {
    return () => fail(error);
  }
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
    if (over.length > 0) {
      database.transactionSync(() => {
        for (const key of over) database.removeSync(key);
      });
    }
  };
}
