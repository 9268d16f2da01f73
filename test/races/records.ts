import { ABSENT, type Records, type Version } from "../../functions/ports.ts";

interface Kept {
  readonly version: Version;
  readonly expiresAt: number;
  readonly dueAt: number;
  readonly value: unknown;
}

/** Records at hand: what a port of them does at the moment when it does it. Values are shared; nobody changes one. */
interface Shelf {
  read(key: string): { readonly value: unknown; readonly version: Version };
  swap(key: string, read: Version, value: unknown, expiresAt: number, dueAt?: number): "committed" | "stale";
  due(now: number, limit: number): readonly string[];
  values(): readonly unknown[];
  keys(): readonly string[];
}

export type Shelves = Readonly<Record<keyof Records, Shelf>>;

/** All kinds of records, empty. */
export function shelves(): Shelves {
  return {
    locations: shelf(),
    forks: shelf(),
    connections: shelf(),
    subscribers: shelf(),
    calls: shelf(),
    mailboxes: shelf(),
    messages: shelf(),
    tokens: shelf(),
    budgets: shelf(),
  };
}

/** The contract of `RecordStore`, without its promises. */
function shelf(): Shelf {
  const kept = new Map<string, Kept>();
  let latest: Version = ABSENT;
  return {
    read: (key) => {
      const record = kept.get(key);
      return { value: record?.value, version: record?.version ?? ABSENT };
    },
    swap: (key, read, value, expiresAt, dueAt = Number.POSITIVE_INFINITY) => {
      if ((kept.get(key)?.version ?? ABSENT) !== read) return "stale";
      if (value === undefined) kept.delete(key);
      else kept.set(key, { version: ++latest, expiresAt, dueAt, value });
      return "committed";
    },
    due: (now, limit) =>
      [...kept]
        .filter(([, { dueAt }]) => dueAt <= now)
        .sort(([, one], [, other]) => one.dueAt - other.dueAt)
        .slice(0, limit)
        .map(([key]) => key),
    keys: () => [...kept.keys()],
    values: () => Array.from(kept.values(), ({ value }) => value),
  };
}
