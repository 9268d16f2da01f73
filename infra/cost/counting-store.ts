import type { DueStore, RecordStore } from "../../functions/ports.ts";
import { indexUnits, itemOctets, readUnits, writeUnits } from "./dynamodb-units.ts";

interface Kept {
  readonly octets: number;
  readonly dueAt: number | undefined;
}

/** What a call of DynamoDB takes. */
export interface Taken {
  readonly calls: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

/** The shards of the index, each of which is asked what is due (`functions/aws/dynamodb-due.ts`). */
const SHARDS = 16;

/** A store that tells what each call of it would take of DynamoDB, and how many octets it holds there. */
export interface CountingStore<Value> extends DueStore<Value> {
  octets(): number;
}

export function countingStore<Value>(
  kind: string,
  home: RecordStore<Value>,
  take: (taken: Taken) => void,
): CountingStore<Value> {
  // In memory all of them are; of those whose port does not say so, nobody asks what is due.
  const store = home as DueStore<Value>;
  const items = new Map<string, Kept>();
  return {
    read: (key) => {
      take({ calls: 1, readUnits: readUnits(items.get(key)?.octets ?? 0), writeUnits: 0 });
      return store.read(key);
    },
    swap: async (key, read, value, expiresAt, dueAt) => {
      const before = items.get(key);
      const octets =
        value === undefined ? 0 : itemOctets(kind, key, JSON.stringify(value), dueAt !== undefined);
      const written = writeUnits(before?.octets ?? 0, octets);
      const outcome = await store.swap(key, read, value, expiresAt, dueAt);
      if (outcome === "stale") {
        take({ calls: 1, readUnits: 0, writeUnits: written });
        return outcome;
      }
      const after = value === undefined ? undefined : dueAt;
      take({ calls: 1, readUnits: 0, writeUnits: written + indexUnits(before?.dueAt, after) });
      if (value === undefined) items.delete(key);
      else items.set(key, { octets, dueAt });
      return outcome;
    },
    due: (now, limit) => {
      take({ calls: SHARDS, readUnits: SHARDS / 2, writeUnits: 0 });
      return store.due(now, limit);
    },
    octets: () => {
      let sum = 0;
      for (const item of items.values()) sum += item.octets;
      return sum;
    },
  };
}
