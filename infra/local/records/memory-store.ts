import { ABSENT, type RecordStore, type Stored, type Version } from "../../../functions/ports.ts";

/** Records in this process's memory: for tests, and for trying things out. Values go in and out as copies. */
export function memoryStore<Value>(clock: () => number): RecordStore<Value> {
  const records = new Map<string, { version: Version; expiresAt: number; value: Value }>();
  let latest: Version = ABSENT;
  return {
    read: async (key): Promise<Stored<Value>> => {
      const record = records.get(key);
      if (record === undefined || record.expiresAt <= clock())
        return { value: undefined, version: record?.version ?? ABSENT };
      return { value: structuredClone(record.value), version: record.version };
    },
    swap: async (key, read, value, expiresAt) => {
      if ((records.get(key)?.version ?? ABSENT) !== read) return "stale";
      if (value === undefined) records.delete(key);
      else records.set(key, { version: ++latest, expiresAt, value: structuredClone(value) });
      return "committed";
    },
  };
}
