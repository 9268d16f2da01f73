import type { Database } from "lmdb";
import type { Version } from "../../../functions/ports.ts";

/** How many records of a kind are at hand, if nobody says otherwise. */
const MAX_KNOWN = 4_096;

interface Entry<Row> {
  readonly value: Row;
  readonly version?: Version;
}

/**
 * A database with the records at hand, decoded, that were read or written of late. What is at hand is what is there: LMDB
 * belongs to this process alone, and all that writes goes through here, within a transaction. One that is undone is undone here, too:
 * see `forgetAll`.
 */
export class KnownDatabase<Row> {
  readonly raw: Database<Row, string>;
  readonly #known = new Map<string, Entry<Row>>();

  readonly #most: number;

  /** At most so many records are at hand; with 0 every read is one of LMDB's. */
  constructor(raw: Database<Row, string>, most = MAX_KNOWN) {
    this.raw = raw;
    this.#most = most;
  }

  entry(key: string): Entry<Row> | undefined {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = this.raw.getEntry(key);
    if (found !== undefined) this.#keep(key, found);
    return found;
  }

  put(key: string, value: Row, version: Version): void {
    this.raw.putSync(key, value, version);
    this.#keep(key, { value, version });
  }

  remove(key: string): void {
    this.raw.removeSync(key);
    this.#known.delete(key);
  }

  /** Does this in one transaction, or not at all. */
  transaction(work: () => void): void {
    try {
      this.raw.transactionSync(work);
    } catch (error) {
      this.forgetAll();
      throw error;
    }
  }

  /** A transaction was undone: what was put in it is not there. */
  forgetAll(): void {
    this.#known.clear();
  }

  #keep(key: string, entry: Entry<Row>): void {
    // Those that were written last are the last in line to go.
    this.#known.delete(key);
    this.#known.set(key, entry);
    if (this.#known.size <= this.#most) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }
}
