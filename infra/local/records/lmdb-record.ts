import { ABSENT, type Stored, type Version } from "../../../functions/ports.ts";
import type { KnownDatabase } from "./lmdb-known.ts";

/** A record as it lies on disk. The version is LMDB's own, beside it. */
export interface Kept<Value> {
  readonly expiresAt: number;
  readonly value: Value;
}

/** The record under a key, as the ports have it. */
export function storedIn<Value>(database: KnownDatabase<Kept<Value>>, key: string): Stored<Value> {
  const entry = database.entry(key);
  return { value: entry?.value.value, version: entry?.version ?? ABSENT };
}

let latest: Version = ABSENT;

/** Later than any version that this record, or a former one of the same key, can have had: none ever returns. */
export function nextVersion(read: Version): Version {
  latest = Math.max(latest, read, Date.now() * 1000) + 1;
  return latest;
}
