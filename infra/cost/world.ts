import type { App } from "../../functions/app/app.ts";
import { ha1s } from "../../functions/auth/digest.ts";
import { logMeter } from "../../functions/cloud/log-meter.ts";
import { readConfig } from "../../functions/config/config.ts";
import { reading } from "../../functions/config/reading.ts";
import { settingsOf } from "../../functions/config/settings.ts";
import { VARIABLES } from "../../functions/config/variables.ts";
import { type Gateway, gateway } from "../../functions/gateway/gateway.ts";
import { keyring } from "../../functions/keyring/keyring.ts";
import type { ConnectionId, ForkId } from "../../functions/location/ids.ts";
import { jsonLog } from "../../functions/log.ts";
import { ABSENT, type RecordStore } from "../../functions/ports.ts";
import { aor } from "../../functions/sip/aor.ts";
import { octetsOf } from "../../functions/sip/octets.ts";
import { memoryStores } from "../local/records/memory-stores.ts";
import { countingStore, type Taken } from "./counting-store.ts";
import { type Counts, NOTHING, total } from "./counts.ts";

/** The functions as they run on AWS, over ports that count: what a flow takes is what they were asked for. */
export interface World {
  /** `$connect` and `$disconnect`. */
  connect(connection: string): Promise<void>;
  disconnect(connection: string): Promise<void>;
  /** A frame from a client; what is sent to clients meanwhile is heard by `hear`. */
  frame(connection: string, text: string): Promise<void>;
  /** Lets time pass, in ms; alarms that come in it are told. */
  pass(ms: number): Promise<void>;
  look(): Promise<void>;
  /** All that was taken so far. */
  counts(): Counts;
  /** Octets of all records, as items. */
  octets(): number;
}

export const DOMAIN = "sip.example.com";
export const PASSWORD = "correct horse battery staple";

/** A WebSocket message is metered in steps of this. */
const STEP = 32_768;

const EVENT = { isBase64Encoded: false } as const;

/** Users are there, and nobody has registered. `hear` gets what is sent, and must not await anything. */
export async function aWorld(
  users: readonly string[],
  hear: (connection: string, text: string) => void,
): Promise<World> {
  let taken = NOTHING;
  let now = Date.UTC(2026, 10, 23, 9);
  const alarms: { readonly fork: ForkId; readonly at: number }[] = [];
  const take = (counts: Partial<Counts>) => {
    taken = total([
      [1, taken],
      [1, { ...NOTHING, ...counts }],
    ]);
  };
  const takeCall = (call: Taken) => take(call);
  const stores = memoryStores();
  const kept = {
    locations: countingStore("location", stores.locations, takeCall),
    forks: countingStore("fork", stores.forks, takeCall),
    connections: countingStore("connection", stores.connections, takeCall),
    subscribers: countingStore("subscriber", stores.subscribers, takeCall),
    calls: countingStore("call", stores.calls, takeCall),
    mailboxes: countingStore("mailbox", stores.mailboxes, takeCall),
    messages: countingStore("message", stores.messages, takeCall),
    tokens: countingStore("token", stores.tokens, takeCall),
    budgets: countingStore("budget", stores.budgets, takeCall),
  };
  const sent = (text: string) =>
    take({ frames: Math.ceil(Math.max(1, text.length) / STEP), octetsOut: text.length });
  const write = (line: string) => {
    if (line.includes('"level":"error"')) throw new Error(line);
    take({ logOctets: line.length });
  };
  const app: App = {
    ...kept,
    edge: {
      send: async (to, message) => {
        sent(message);
        hear(to, message);
        return "sent";
      },
      close: async () => "closed",
    },
    push: {
      send: async () => {
        take({ pushes: 1 });
        return { outcome: "accepted", id: "00000000-0000-0000-0000-000000000000" };
      },
    },
    alarms: {
      set: async (fork, at) => {
        take({ alarms: 1 });
        alarms.push({ fork, at });
      },
    },
    clock: () => now,
    log: jsonLog("info", write, () => now),
    meter: logMeter("prod", write, () => now),
    keyring: keyring([{ id: "1", key: new Uint8Array(32) }]),
    settings: settings(),
  };
  const subscribers: RecordStore<{ readonly ha1s: ReturnType<typeof ha1s> }> = kept.subscribers;
  for (const user of users) {
    const subscriber = { ha1s: ha1s(octetsOf(user), octetsOf(DOMAIN), octetsOf(PASSWORD)) };
    await subscribers.swap(aor(octetsOf(user), DOMAIN), ABSENT, subscriber, Number.POSITIVE_INFINITY);
  }
  taken = NOTHING;
  const handlers: Gateway = gateway(app);
  const context = (connection: string) => ({ connectionId: connection as ConnectionId, connectedAt: now });
  return {
    connect: async (connection) => {
      take({ runs: 1 });
      const headers = { "Sec-WebSocket-Protocol": "sip" };
      await handlers.connect({ ...EVENT, requestContext: context(connection), headers });
    },
    disconnect: async (connection) => {
      take({ runs: 1 });
      await handlers.disconnect({ ...EVENT, requestContext: context(connection) });
    },
    frame: async (connection, text) => {
      const frames = Math.ceil(text.length / STEP);
      take({ runs: 1, frames, framesIn: frames });
      const { body = "" } = await handlers.message({
        ...EVENT,
        requestContext: context(connection),
        body: text,
      });
      if (body !== "") sent(body);
    },
    pass: async (ms) => {
      const end = now + ms;
      for (;;) {
        const [next] = alarms.toSorted((one, other) => one.at - other.at);
        if (next === undefined || next.at > end) break;
        alarms.splice(alarms.indexOf(next), 1);
        now = Math.max(now, next.at);
        take({ runs: 1 });
        await handlers.alarm(next.fork);
      }
      now = end;
    },
    look: async () => {
      take({ runs: 1 });
      await handlers.look();
    },
    counts: () => taken,
    octets: () => Object.values(kept).reduce((sum, store) => sum + store.octets(), 0),
  };
}

function settings(): App["settings"] {
  const problems: string[] = [];
  const config = readConfig(
    reading(VARIABLES, { SIP_DOMAINS: DOMAIN, IDLE_LIMIT: "600" }, problems),
    problems,
  );
  if (problems.length > 0) throw new Error(problems.join("; "));
  return { ...settingsOf(config), transport: "WSS" };
}
