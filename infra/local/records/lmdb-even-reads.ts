import type { Database } from "lmdb";
import type { RecordStore } from "../../../functions/ports.ts";
import type { KnownDatabase } from "./lmdb-known.ts";
import { type Kept, storedIn } from "./lmdb-record.ts";

const THERE = "there";
const NOT_THERE = "none";

/**
 * The store, in which nobody can tell by the time it takes whether a record is there: every read looks for one that is, and for one that
 * is not. `database` is the store's, with nothing at hand; `decoys` is one of its own, and gets a record like `like`.
 */
export function withEvenReads<Value>(
  store: RecordStore<Value>,
  database: KnownDatabase<Kept<Value>>,
  decoys: Database<Kept<Value>, string>,
  like: Value,
): RecordStore<Value> {
  decoys.putSync(THERE, { expiresAt: Number.POSITIVE_INFINITY, value: like }, 1);
  return {
    swap: store.swap,
    read: (key) => {
      const found = storedIn(database, key);
      decoys.getEntry(found.value === undefined ? THERE : NOT_THERE);
      return Promise.resolve(found);
    },
  };
}
