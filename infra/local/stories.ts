import type { App } from "../../functions/app/app.ts";
import { settingsOf } from "../../functions/config/settings.ts";
import { admissionOptions } from "../../functions/gateway/admission.ts";
import { type Gateway, gateway } from "../../functions/gateway/gateway.ts";
import type { Alarms } from "../../functions/ports.ts";
import { tokenBearers } from "../../functions/tokens/token-bearers.ts";
import { watchedEdge, watchedRecords } from "../watch/watched.ts";
import type { Backing } from "./backing.ts";
import type { Front } from "./front.ts";
import type { Given, Read } from "./given.ts";
import type { Places } from "./listen.ts";
import { recordsOf } from "./records/stores.ts";
import { timerAlarms } from "./timer-alarms.ts";
import { withDeclared } from "./users.ts";

/** What sipwake does, with this process's ports. */
export interface Stories {
  readonly app: App;
  readonly handlers: Gateway;
  readonly alarms: ReturnType<typeof timerAlarms>;
  /** To be filled in when it is known where clients can connect. */
  readonly places: Places;
}

export function storiesOf(given: Given, read: Read, backing: Backing, front: Front): Stories {
  const { config, clock, log, between } = given;
  const alarms = timerAlarms((fork) => handlers.alarm(fork), clock, log);
  const places: Places = {};
  const app = between.ports(appOf(given, read, backing, front, alarms, places), backing.stores);
  const handlers: Gateway = between.handlers(
    gateway(app, admissionOptions(config.origins, config.tokens?.cookie)),
  );
  return { app, handlers, alarms, places };
}

function appOf(
  { config, clock, log }: Given,
  { ring, users, trunks }: Read,
  { stores, services }: Backing,
  { edge, fleet, meter }: Front,
  alarms: Alarms,
  places: Places,
): App {
  const records = { ...recordsOf(stores), subscribers: withDeclared(users, stores.subscribers) };
  const { providers: pushProviders, vapidKey } = services;
  const register = { ...config.register, pushProviders, vapidKey };
  return {
    ...watchedRecords(records, meter),
    edge: watchedEdge(fleet?.edge ?? edge, meter),
    push: services.push,
    bearers: config.tokens && tokenBearers(config.tokens, config.domains, clock, log),
    alarms,
    clock,
    log,
    meter,
    keyring: ring,
    settings: { ...settingsOf({ ...config, register }), places, trunks },
  };
}
