import type { App } from "../../functions/app/app.ts";
import { ha1s } from "../../functions/auth/digest.ts";
import { settingsOf } from "../../functions/config/settings.ts";
import { type Gateway, gateway } from "../../functions/gateway/gateway.ts";
import { keyring } from "../../functions/keyring/keyring.ts";
import type { BindingKey, ConnectionId } from "../../functions/location/ids.ts";
import { type Binding, NOWHERE } from "../../functions/location/location.ts";
import { ABSENT } from "../../functions/ports.ts";
import { aor } from "../../functions/sip/aor.ts";
import { loadConfig } from "../../infra/local/config.ts";
import { memoryStores } from "../../infra/local/records/memory-stores.ts";

const NOW = Date.UTC(2026, 10, 23, 9);
const HOUR = 3_600_000;
const SETTINGS = settingsOf(loadConfig({}));
const KEYS = keyring([{ id: "1", key: new Uint8Array(32) }]);
const USERS = ["alice", "bob"] as const;
const PROOFS = new Map(USERS.map((user) => [user, ha1s(user, "localhost", "sipwake")]));

/** What a gateway did. */
export interface Deeds {
  readonly sent: { readonly to: string; readonly text: string }[];
  readonly faults: unknown[];
  /** Records written, pushes sent, alarms set. */
  writes: number;
  pushes: number;
  alarms: number;
}

/**
 * A gateway over records in memory: Alice on the connection "alice", Bob on "bob" and on a phone that sleeps. What it did so far is
 * nothing.
 */
export async function aGateway(): Promise<{ readonly handlers: Gateway; readonly deeds: Deeds }> {
  const stores = memoryStores();
  for (const [user, proof] of PROOFS)
    await stores.subscribers.swap(aor(user, "localhost"), ABSENT, { ha1s: proof }, Number.MAX_SAFE_INTEGER);
  await locate(stores, "alice", [binding("alice", "<urn:uuid:1>;1")]);
  const asleep = { connection: undefined, push: { provider: "apns", param: "T.com.a.voip", prid: "0a" } };
  await locate(stores, "bob", [binding("bob", "<urn:uuid:2>;1"), binding("bob", "<urn:uuid:3>;1", asleep)]);
  const deeds: Deeds = { sent: [], faults: [], writes: 0, pushes: 0, alarms: 0 };
  const app: App = {
    ...counted(stores, () => deeds.writes++),
    edge: {
      send: async (to, text) => {
        deeds.sent.push({ to, text });
        return "sent";
      },
      close: async () => "closed",
    },
    push: {
      send: async () => {
        deeds.pushes++;
        return { outcome: "accepted", id: "1" };
      },
    },
    alarms: { set: async () => void deeds.alarms++ },
    clock: () => NOW,
    log: {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (_, fields) => void deeds.faults.push(fields?.["error"]),
    },
    meter: { count: () => {}, time: () => {} },
    keyring: KEYS,
    settings: SETTINGS,
  };
  return { handlers: gateway(app), deeds };
}

type Stores = ReturnType<typeof memoryStores>;

/** The stores, which tell of every swap that is made. */
function counted(stores: Stores, written: () => void): Stores {
  const entries = Object.entries(stores).map(([name, store]) => {
    if (typeof store !== "object") return [name, store];
    const swap = async (...args: readonly unknown[]) => {
      const outcome: string = await (store.swap as (...all: readonly unknown[]) => Promise<string>)(...args);
      if (outcome === "committed") written();
      return outcome;
    };
    return [name, { ...store, swap }];
  });
  return Object.fromEntries(entries) as Stores;
}

function binding(user: string, key: string, more: Partial<Binding> = {}): Binding {
  return {
    key: key as BindingKey,
    uri: `sip:${user}@${user}.invalid;transport=ws`,
    params: `;+sip.instance="${key.slice(0, -2)}";reg-id=1;video`,
    path: "",
    callId: `${user}-registers`,
    cseq: 1,
    since: NOW,
    gruus: { since: NOW, firstCseq: 1 },
    refreshedAt: NOW,
    expiresAt: NOW + HOUR,
    connection: user as ConnectionId,
    push: undefined,
    pushed: undefined,
    reminded: undefined,
    ...more,
  };
}

async function locate(stores: Stores, user: string, bindings: readonly Binding[]): Promise<void> {
  const address = aor(user, "localhost");
  await stores.locations.swap(address, ABSENT, { ...NOWHERE, bindings }, NOW + HOUR);
  const registered = bindings
    .filter(({ connection }) => connection !== undefined)
    .map(({ key }) => ({ aor: address, key }));
  await stores.connections.swap(user, ABSENT, { registered, closed: false }, NOW + HOUR);
}
