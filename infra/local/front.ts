import { OwnEdge } from "../edge/own-edge.ts";
import { type Fleet, fleet as fleetOf } from "../fleet/fleet.ts";
import { type Metrics, metrics } from "../watch/metrics.ts";
import { type Ops, opsHttp } from "../watch/ops-http.ts";
import { type Readiness, readiness } from "../watch/readiness.ts";
import type { Backing } from "./backing.ts";
import { bareHttp } from "./bare-http.ts";
import type { Given, Read } from "./given.ts";
import { localHttp } from "./http.ts";

/** What is met from outside: by clients, by the other edges of a fleet, and by those who watch. */
export interface Front {
  readonly edge: OwnEdge;
  /** Undefined for an edge of its own. */
  readonly fleet: Fleet | undefined;
  readonly meter: Metrics;
  readonly ready: Readiness;
  readonly ops: Ops;
}

/** Nothing listens yet, and the fleet is not joined. */
export function frontOf(
  { config, clock, log }: Given,
  { ring, assets, certified }: Read,
  { stores, services }: Backing,
): Front {
  let fleet: Fleet | undefined;
  const meter = metrics(() => edge.connections);
  const ready = readiness(
    stores.subscribers,
    () => config.fleet === undefined || fleet?.name() !== undefined,
  );
  const ops = { metrics: meter, unreadiness: ready.unreadiness };
  const watched = opsHttp(ops, false);
  const edge = new OwnEdge({
    http: assets ? localHttp(assets, services.double?.inbox, watched) : bareHttp(watched),
    limits: config.limits,
    trusts: config.listeners.trusts,
    certified,
    edgeName: config.fleet && (() => fleet?.name()),
  });
  if (config.fleet && stores.fleet)
    fleet = fleetOf(config.fleet, { own: edge, records: stores.fleet, ring, clock, log });
  return { edge, fleet, meter, ready, ops };
}
