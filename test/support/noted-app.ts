import type { App } from "../../functions/app/app.ts";
import { ha1s } from "../../functions/auth/digest.ts";
import type { Rights } from "../../functions/auth/rights.ts";
import { keyring } from "../../functions/keyring/keyring.ts";
import { jsonLog } from "../../functions/log.ts";
import { ABSENT, type RecordStore } from "../../functions/ports.ts";
import { aor, userOf } from "../../functions/sip/aor.ts";
import { memoryStores } from "../../infra/local/records/memory-stores.ts";
import { DEFAULT_SETTINGS } from "./default-settings.ts";

/** The store, which notes what is asked of it. */
function noting<Store extends RecordStore<unknown>>(kind: string, store: Store, costs: string[]): Store {
  return {
    ...store,
    read: (key: string) => {
      costs.push(`read ${kind}`);
      return store.read(key);
    },
    swap: (...change: Parameters<RecordStore<unknown>["swap"]>) => {
      costs.push(`write ${kind}`);
      return store.swap(...change);
    },
  };
}

/**
 * The functions over records in memory, with Alice and Bob (password `sipwake`). `costs` is every read and every write of a record, `told`
 * every push and every alarm, as the ports see them; `faults` are the lines of the log that should not be. The clock stands until time is let pass.
 * Alice and Bob have these rights, or all.
 */
export async function notedApp(edge: App["edge"], rights?: Rights) {
  const stores = memoryStores();
  for (const user of [aor("alice", "localhost"), aor("bob", "localhost")]) {
    const subscriber = { ha1s: ha1s(userOf(user), "localhost", "sipwake"), rights };
    await stores.subscribers.swap(user, ABSENT, subscriber, Number.MAX_SAFE_INTEGER);
  }
  const costs: string[] = [];
  const told: string[] = [];
  const faults: string[] = [];
  let now = Date.UTC(2026, 10, 23, 9);
  const app: App = {
    locations: noting("location", stores.locations, costs),
    forks: noting("fork", stores.forks, costs),
    connections: noting("connection", stores.connections, costs),
    subscribers: noting("subscriber", stores.subscribers, costs),
    calls: noting("call", stores.calls, costs),
    edge,
    mailboxes: noting("mailbox", stores.mailboxes, costs),
    messages: noting("message", stores.messages, costs),
    tokens: noting("token", stores.tokens, costs),
    budgets: noting("budget", stores.budgets, costs),
    push: {
      send: async () => {
        told.push("push");
        return { outcome: "accepted", id: "1" };
      },
    },
    alarms: {
      set: async () => {
        told.push("alarm");
      },
    },
    clock: () => now,
    log: jsonLog("error", (line) => faults.push(line), Date.now),
    meter: { count: () => {}, time: () => {} },
    keyring: keyring([{ id: "1", key: new Uint8Array(32) }]),
    settings: DEFAULT_SETTINGS,
  };
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  return { app, stores, costs, told, faults, pass };
}
