import type { Database } from "lmdb";
import { ConfigError } from "../../../functions/config/config-error.ts";
import type { Location } from "../../../functions/location/location.ts";
import type { Mailbox } from "../../../functions/mailbox/mailbox.ts";
import {
  ABSENT,
  type Connection,
  type RecordStore,
  type Spending,
  type Subscriber,
  type TokenOwner,
  type Version,
} from "../../../functions/ports.ts";
import type { Call } from "../../../functions/proxy/call.ts";
import type { Fork } from "../../../functions/proxy/fork.ts";
import type { KeptRequest } from "../../../functions/proxy/kept-request.ts";
import { LaterSchema, SCHEMA } from "../../../functions/schema.ts";
import type { Aor } from "../../../functions/sip/aor.ts";
import { Commits } from "./lmdb-commits.ts";
import { forget, type KeptDue, lmdbDueStore, type Timetable } from "./lmdb-due-store.ts";
import {
  type LmdbEnvironment,
  type LmdbEnvironmentOptions,
  openLmdbEnvironment,
} from "./lmdb-environment.ts";
import { withEvenReads } from "./lmdb-even-reads.ts";
import { KnownDatabase } from "./lmdb-known.ts";
import { type Kept, nextVersion, storedIn } from "./lmdb-record.ts";
import type { Stores } from "./stores.ts";

/** A sweep goes once through a database in about this many calls. */
const SWEEP_CALLS = 30;
const SWEEP_MIN = 100;

/** Beside the databases, which LMDB keeps under their names. */
const SCHEMA_KEY = "#schema";

/** Stands in for a user that does not exist. */
const NOBODY: Subscriber = { ha1s: { MD5: "0".repeat(32), "SHA-256": "0".repeat(64) } };

/**
 * Records in LMDB files in a folder. A swap is committed on this thread: a commit that waits for no disk costs less than handing it
 * to another thread. What it survives, `openLmdbEnvironment` says.
 */
export async function lmdbStores(folder: string, options: LmdbEnvironmentOptions): Promise<Stores> {
  const environment = await openLmdbEnvironment(folder, options);
  await knowSchema(environment, folder);
  const databases: KnownDatabase<unknown>[] = [];
  const databaseOf = <Row>(name: string, atHand?: number): KnownDatabase<Row> => {
    const raw = environment.root.openDB<Row, string>({
      name,
      useVersions: true,
      // Property names are kept once per database, not once per record.
      sharedStructuresKey: Symbol.for("structures"),
    });
    const database = new KnownDatabase(raw, atHand);
    databases.push(database as KnownDatabase<unknown>);
    return database;
  };
  const locations = databaseOf<KeptDue<Location>>("location");
  const timetable: Timetable = environment.root.openDB({ name: "due", dupSort: true, encoding: "string" });
  const forks = databaseOf<Kept<Fork>>("fork");
  const connections = databaseOf<Kept<Connection>>("connection");
  const subscribers = databaseOf<Kept<Subscriber>>("subscriber", 0);
  const nobodies = databaseOf<Kept<Subscriber>>("nobody", 0);
  const calls = databaseOf<Kept<Call>>("call");
  const mailboxes = databaseOf<Kept<Mailbox>>("mailbox");
  const messages = databaseOf<Kept<KeptRequest>>("message");
  const tokens = databaseOf<Kept<TokenOwner>>("token");
  const budgets = databaseOf<Kept<Spending>>("budget");
  const commits = new Commits(environment.root, () => {
    for (const database of databases) database.forgetAll();
  });
  const sweepers = [
    sweeper(locations, (key, kept) => forget(locations, timetable, key, kept)),
    sweeper(forks),
    sweeper(connections),
    sweeper(calls),
    sweeper(mailboxes),
    sweeper(messages),
    sweeper(tokens),
    sweeper(budgets),
  ];
  return {
    locations: lmdbDueStore(locations, timetable, commits),
    forks: lmdbStore(forks, commits),
    connections: lmdbStore(connections, commits),
    subscribers: withEvenReads(lmdbStore(subscribers, commits), subscribers, nobodies.raw, NOBODY),
    calls: lmdbStore(calls, commits),
    mailboxes: lmdbStore(mailboxes, commits),
    messages: lmdbStore(messages, commits),
    tokens: lmdbStore(tokens, commits),
    budgets: lmdbStore(budgets, commits),
    sweep: async (now) => {
      for (const sweep of sweepers) sweep(now);
    },
    users: () => keysOf(subscribers.raw) as AsyncIterable<Aor>,
    keptCalls: () => valuesOf(calls.raw),
    keptForks: function* () {
      for (const { value } of forks.raw.getRange()) yield value.value;
    },
    close: () => environment.close(),
  };
}

/** Notes how records are written here. Rejects with `ConfigError`, and lets go of them, if a later sipwake has written them. */
async function knowSchema({ root, close }: LmdbEnvironment, folder: string): Promise<void> {
  const found: unknown = root.get(SCHEMA_KEY);
  if (typeof found === "number" && found > SCHEMA) {
    await close();
    throw new ConfigError([new LaterSchema(folder, found).message]);
  }
  if (found !== SCHEMA) await root.put(SCHEMA_KEY, SCHEMA);
}

function lmdbStore<Value>(database: KnownDatabase<Kept<Value>>, commits: Commits): RecordStore<Value> {
  const swap = (key: string, read: Version, value: Value | undefined, expiresAt: number): boolean => {
    const found = database.entry(key);
    if ((found?.version ?? ABSENT) !== read) return false;
    if (value !== undefined) database.put(key, { expiresAt, value }, nextVersion(read));
    else if (found !== undefined) database.remove(key);
    return true;
  };
  return {
    read: (key) => Promise.resolve(storedIn(database, key)),
    swap: (key, read, value, expiresAt) => commits.add(() => swap(key, read, value, expiresAt)),
  };
}

/** How many keys are listed at a time. */
const KEYS_AT_ONCE = 1_000;

/** How many values are read at a time: a fraction of a millisecond. */
const VALUES_AT_ONCE = 100;

/** All keys in order, a page at a time: whoever takes them may take long, and a read transaction must not last that long. */
async function* keysOf(database: Database<unknown, string>): AsyncGenerator<string> {
  // Keys are not empty.
  let last = "";
  for (;;) {
    const page = [...database.getKeys({ start: last, exclusiveStart: true, limit: KEYS_AT_ONCE })];
    yield* page;
    if (page.length < KEYS_AT_ONCE) return;
    last = page.at(-1) ?? last;
  }
}

/** All values, in the order of their keys, some at a time, as `keysOf`. */
async function* valuesOf<Value>(database: Database<Kept<Value>, string>): AsyncGenerator<Value> {
  let last = "";
  for (;;) {
    const page = [...database.getRange({ start: last, exclusiveStart: true, limit: VALUES_AT_ONCE })];
    for (const { value } of page) yield value.value;
    if (page.length < VALUES_AT_ONCE) return;
    last = page.at(-1)?.key ?? last;
    // Calls must not wait for whoever looks at them.
    await nextTurn();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Goes through a database in slices and removes what has run out and has not been renewed since. */
function sweeper<Row extends Kept<unknown>>(
  database: KnownDatabase<Row>,
  remove: (key: string, kept: Row) => void = (key) => database.remove(key),
): (now: number) => void {
  const { raw } = database;
  let from = "";
  return (now) => {
    const { entryCount = 0 } = raw.getStats() as { entryCount?: number };
    const limit = Math.max(SWEEP_MIN, Math.ceil(entryCount / SWEEP_CALLS));
    const over: [key: string, kept: Row][] = [];
    let seen = 0;
    for (const { key, value } of raw.getRange({ start: from, limit })) {
      from = key;
      seen++;
      if (value.expiresAt <= now) over.push([key, value]);
    }
    if (seen < limit) from = "";
    if (over.length > 0) {
      database.transaction(() => {
        for (const [key, kept] of over) remove(key, kept);
      });
    }
  };
}
