import { ABSENT, type DueStore, type Version } from "../../../functions/ports.ts";
import type { Call } from "../../../functions/proxy/call.ts";
import type { Fork } from "../../../functions/proxy/fork.ts";
import type { Stores } from "./stores.ts";

interface Kept<Value> {
  readonly version: Version;
  readonly expiresAt: number;
  readonly dueAt: number;
  readonly value: Value;
}

/** Records in this process's memory: for tests and for trying things out. Values go in and out as copies. */
export function memoryStores(): Stores {
  const locations = new Map();
  const forks = new Map<string, Kept<Fork>>();
  const connections = new Map();
  const subscribers = new Map();
  const calls = new Map<string, Kept<Call>>();
  const mailboxes = new Map();
  const messages = new Map();
  const tokens = new Map();
  const budgets = new Map();
  // Not the subscribers: they never run out.
  const swept: readonly Map<string, Kept<unknown>>[] = [
    locations,
    forks,
    connections,
    calls,
    mailboxes,
    messages,
    tokens,
    budgets,
  ];
  return {
    locations: memoryStore(locations),
    forks: memoryStore(forks),
    connections: memoryStore(connections),
    subscribers: memoryStore(subscribers),
    calls: memoryStore(calls),
    mailboxes: memoryStore(mailboxes),
    messages: memoryStore(messages),
    tokens: memoryStore(tokens),
    budgets: memoryStore(budgets),
    sweep: async (now) => {
      for (const kept of swept)
        for (const [key, { expiresAt }] of kept) if (expiresAt <= now) kept.delete(key);
    },
    users: () => subscribers.keys(),
    keptCalls: () => valuesOf(calls),
    keptForks: () => valuesOf(forks),
    close: async () => {},
  };
}

/** All of them as they are now, as copies. */
function valuesOf<Value>(kept: ReadonlyMap<string, Kept<Value>>): readonly Value[] {
  return Array.from(kept.values(), ({ value }) => structuredClone(value));
}

/** One kind of records. Versions count up over the whole store, so that none ever returns. */
function memoryStore<Value>(kept: Map<string, Kept<Value>> = new Map()): DueStore<Value> {
  let latest: Version = ABSENT;
  return {
    read: async (key) => {
      const record = kept.get(key);
      return { value: structuredClone(record?.value), version: record?.version ?? ABSENT };
    },
    swap: async (key, read, value, expiresAt, dueAt = Number.POSITIVE_INFINITY) => {
      if ((kept.get(key)?.version ?? ABSENT) !== read) return "stale";
      if (value === undefined) kept.delete(key);
      else kept.set(key, { version: ++latest, expiresAt, dueAt, value: structuredClone(value) });
      return "committed";
    },
    due: async (now, limit) =>
      [...kept]
        .filter(([, { dueAt }]) => dueAt <= now)
        .sort(([, one], [, other]) => one.dueAt - other.dueAt)
        .slice(0, limit)
        .map(([key]) => key),
  };
}
