import type { Administration } from "../../functions/app/administration.ts";
import { settingsOf } from "../../functions/config/settings.ts";
import type { BindingKey, ConnectionId } from "../../functions/location/ids.ts";
import { type Binding, type Location, NOWHERE } from "../../functions/location/location.ts";
import { ABSENT } from "../../functions/ports.ts";
import type { Aor } from "../../functions/sip/aor.ts";
import { unattended } from "../../infra/local/admin/unattended.ts";
import { loadConfig } from "../../infra/local/config.ts";
import { memoryStores } from "../../infra/local/records/memory-stores.ts";
import { SILENT } from "../records/homes.ts";

export const NOW = Date.UTC(2026, 10, 23, 9);
export const ALICE = "sip:alice@localhost" as Aor;
export const DAVE = "sip:dave@localhost" as Aor;

/** The administrator's stories over records in memory, an edge that holds these connections, and what was done there. */
export function anAdministration(held: readonly string[] = []) {
  const stores = memoryStores();
  const closed: string[] = [];
  const givenUp: (readonly [fork: string, key: string])[] = [];
  const app: Administration = {
    ...unattended(stores, settingsOf(loadConfig({})), new Map([[ALICE, "SIP_USERS"]]), SILENT),
    clock: () => NOW,
    edge: {
      send: async () => "sent",
      close: async (connection) => {
        if (!held.includes(connection)) return "gone";
        closed.push(connection);
        return "closed";
      },
    },
    giveUp: async (fork, key) => void givenUp.push([fork, key]),
  };
  return { app, stores, closed, givenUp };
}

/** A binding of Dave's, online over a connection that has its name, unless something else is said. */
export function binding(key: string, more: Partial<Binding> = {}): Binding {
  return {
    key: key as BindingKey,
    uri: `sip:dave@${key}.invalid`,
    params: "",
    path: "",
    callId: "call-1",
    cseq: 1,
    since: NOW,
    gruus: { since: NOW, firstCseq: 1 },
    refreshedAt: NOW,
    expiresAt: NOW + 600_000,
    connection: key as ConnectionId,
    push: undefined,
    pushed: undefined,
    reminded: undefined,
    ...more,
  };
}

/** Puts Dave where these bindings are, as REGISTERs would: the connections know of it. */
export async function locate(
  { locations, connections }: Administration,
  bindings: readonly Binding[],
  more: Partial<Location> = {},
): Promise<void> {
  await locations.swap(DAVE, ABSENT, { ...NOWHERE, bindings, ...more }, NOW + 600_000);
  for (const { connection, key } of bindings) {
    if (connection === undefined) continue;
    const { value, version } = await connections.read(connection);
    const registered = [...(value?.registered ?? []), { aor: DAVE, key }];
    await connections.swap(connection, version, { registered, closed: false }, NOW + 600_000);
  }
}
