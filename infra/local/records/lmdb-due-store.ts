import type { Database } from "lmdb";
import { ABSENT, type DueStore, type Version } from "../../../functions/ports.ts";
import type { Commits } from "./lmdb-commits.ts";
import type { KnownDatabase } from "./lmdb-known.ts";
import { type Kept, nextVersion, storedIn } from "./lmdb-record.ts";

/** A record that may have to be looked at. Times are in ms since 1970. */
export interface KeptDue<Value> extends Kept<Value> {
  readonly dueAt: number | undefined;
  /** Where the timetable has the record: never later than it is due. Undefined if it is not in there. */
  readonly listedAt: number | undefined;
}

/** Times (ms since 1970), and under each the keys of the records to look at then. */
export type Timetable = Database<string, number>;

interface Misplaced<Value> {
  readonly listedAt: number;
  readonly key: string;
  readonly record: { readonly value: KeptDue<Value>; readonly version?: Version } | undefined;
}

/** So many entries of the timetable are put right at once, while everything else waits. */
const SLICE = 200;

/**
 * Records with a timetable, which is written in the same transactions. A record is in it once, or not at all. What is put
 * off, as most is (a phone registers again before it is due), stays where it is in the timetable, and what need not be
 * looked at any more does so too: a swap of that sort costs no second write. `due` moves what it finds too early.
 */
export function lmdbDueStore<Value>(
  database: KnownDatabase<KeptDue<Value>>,
  timetable: Timetable,
  commits: Commits,
): DueStore<Value> {
  const swap = (
    key: string,
    read: Version,
    value: Value | undefined,
    expiresAt: number,
    dueAt: number | undefined,
  ): boolean => {
    const found = database.entry(key);
    if ((found?.version ?? ABSENT) !== read) return false;
    if (value === undefined) {
      if (found !== undefined) forget(database, timetable, key, found.value);
      return true;
    }
    const wasListedAt = found?.value.listedAt;
    const listedAt = earlier(wasListedAt, dueAt);
    // First the write that may fail, for the length of its key: so it fails whole.
    database.put(key, { expiresAt, value, dueAt, listedAt }, nextVersion(read));
    if (listedAt !== undefined && listedAt !== wasListedAt) {
      if (wasListedAt !== undefined) timetable.removeSync(wasListedAt, key);
      timetable.putSync(listedAt, key);
    }
    return true;
  };
  /** What is due, up to the limit, and what is listed before it is due, up to a slice. */
  const look = (now: number, limit: number) => {
    const due: string[] = [];
    const misplaced: Misplaced<Value>[] = [];
    for (const { key: listedAt, value: key } of timetable.getRange()) {
      if (listedAt > now || due.length === limit || misplaced.length === SLICE) break;
      const record = database.entry(key);
      if (record?.value.dueAt === listedAt) due.push(key);
      else misplaced.push({ listedAt, key, record });
    }
    return { due, misplaced };
  };
  const move = ({ listedAt, key, record }: Misplaced<Value>) => {
    timetable.removeSync(listedAt, key);
    // A sipwake that knew no timetable may have written the record, or removed it.
    if (record?.value.listedAt !== listedAt) return;
    const { dueAt } = record.value;
    // The same value, and hence the same version: nobody's swap becomes stale by this.
    database.put(key, { ...record.value, listedAt: dueAt }, record.version ?? ABSENT);
    if (dueAt !== undefined) timetable.putSync(dueAt, key);
  };
  return {
    read: (key) => Promise.resolve(storedIn(database, key)),
    swap: (key, read, value, expiresAt, dueAt) => commits.add(() => swap(key, read, value, expiresAt, dueAt)),
    due: async (now, limit) => {
      for (;;) {
        const { due, misplaced } = look(now, limit);
        if (misplaced.length === 0) return due;
        database.transaction(() => misplaced.forEach(move));
        await nextTurn();
      }
    },
  };
}

/** Removes a record, within a transaction. */
export function forget<Value>(
  database: KnownDatabase<KeptDue<Value>>,
  timetable: Timetable,
  key: string,
  { listedAt }: KeptDue<Value>,
): void {
  database.remove(key);
  if (listedAt !== undefined) timetable.removeSync(listedAt, key);
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
