import type { Administration } from "../../../functions/app/administration.ts";
import { keyring } from "../../../functions/keyring/keyring.ts";
import type { Alarms, Edge, Log, Meter, Push } from "../../../functions/ports.ts";
import { recordsOf, type Stores } from "../records/stores.ts";
import { passingSecret } from "../secret.ts";

/**
 * Connections are out of reach, whoever may hold them, and so none is closed. A message counts as sent, to be lost: "gone"
 * would put a phone to sleep that somebody else holds.
 */
const NO_EDGE: Edge = { send: async () => "sent", close: async () => "gone" };
const NO_PUSH: Push = { send: async () => ({ outcome: "failed", reason: "no push service" }) };
const NO_ALARMS: Alarms = { set: async () => {} };
const NO_METER: Meter = { count: () => {}, time: () => {} };

/** What the administrator's stories have at hand on records that no stack of ours runs on. */
export function unattended(
  stores: Stores,
  settings: Administration["settings"],
  declared: Administration["declared"],
  log: Log,
): Administration {
  const { users, keptCalls, keptForks } = stores;
  return {
    ...recordsOf(stores),
    ...{ users, keptCalls, keptForks },
    edge: NO_EDGE,
    push: NO_PUSH,
    alarms: NO_ALARMS,
    clock: Date.now,
    log,
    meter: NO_METER,
    keyring: keyring([passingSecret()]),
    settings,
    declared,
    // A call that waits is whoever's holds its caller: it ends with its bucket time there.
    giveUp: async () => {},
  };
}
