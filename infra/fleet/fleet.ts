import type { Keyring } from "../../functions/keyring/keyring.ts";
import type { Alarms, Edge, Log } from "../../functions/ports.ts";
import type { EdgeName } from "../edge/edge-name.ts";
import type { OwnEdge } from "../edge/own-edge.ts";
import { every } from "../local/every.ts";
import { fleetEdge } from "./fleet-edge.ts";
import type { FleetRecords } from "./fleet-records.ts";
import { heir } from "./heir.ts";
import { leaseTimes } from "./lease.ts";
import { leases } from "./leases.ts";
import { membership } from "./membership.ts";
import { neighbours } from "./neighbours.ts";
import { privateApi } from "./private-api.ts";

/** How an edge takes part in a fleet. */
export interface FleetConfig {
  /** Where the other edges may reach its connections: a private address. */
  readonly host: string;
  /** 0 for any. */
  readonly port: number;
  /** How they name that, if not by host and port: `http://edge-1.internal:8081`. */
  readonly url: string | undefined;
  /** How long it counts as alive after it has said that it is, in ms. */
  readonly lease: number;
}

/** This process's part in a fleet of edges over one table. */
export interface Fleet {
  /** Every connection of the fleet. */
  readonly edge: Edge;
  /** What this edge is called now; undefined while it may not hold connections. */
  name(): EdgeName | undefined;
  /** From now on the others can reach its connections, and forks of those that died ring here. Rejects if it cannot be had. */
  join(alarms: Alarms): Promise<void>;
  /** After its connections' ends were handled: what it leaves open is the others'. */
  leave(): Promise<void>;
}

export interface FleetOptions {
  readonly own: OwnEdge;
  readonly records: FleetRecords;
  readonly ring: Keyring;
  readonly clock: () => number;
  readonly log: Log;
}

/** How often it is looked whether the lease is over, in ms. */
const WATCHING = 250;

export function fleet(config: FleetConfig, { own, records, ring, clock, log }: FleetOptions): Fleet {
  const times = leaseTimes(config.lease);
  const { edges } = records;
  const api = privateApi(own, ring, clock);
  const others = neighbours(ring, clock);
  let url = "";
  const member = membership({ edges, times, clock, log, url: () => url, onLost: () => own.dismiss() });
  const stops: (() => Promise<void> | void)[] = [];
  return {
    name: member.name,
    edge: fleetEdge({ own, name: member.name, leases: leases(edges, clock), neighbours: others }),
    join: async (alarms) => {
      const port = await api.listen(config.host, config.port);
      url = config.url ?? urlOf(config.host, port);
      await member.join();
      const inherit = heir({ records, alarms, clock, log });
      await inherit();
      const watching = setInterval(member.watch, WATCHING);
      const loops = [every(times.renewal, member.renew), every(times.renewal, inherit)];
      stops.push(() => clearInterval(watching), ...loops.map(({ stop }) => stop));
    },
    leave: async () => {
      for (const stop of stops) await stop();
      await member.leave();
      await api.close();
      await others.close();
    },
  };
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
