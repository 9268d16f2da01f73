import type { RecordStore } from "../../functions/ports.ts";
import type { EdgeName } from "../edge/edge-name.ts";
import { isDead, type Lease } from "./lease.ts";

/** Where the edges of the fleet are. */
export interface Leases {
  /** The URL of an edge; undefined if it is dead, which nobody may call it as long as its lease may be good. */
  urlOf(edge: EdgeName): Promise<string | undefined>;
  /** What is known of the edge may not be so any more: read it again. */
  forget(edge: EdgeName): void;
}

/** Reads leases, and reads each again when it has run out: once a lease, and not with every message. */
export function leases(edges: RecordStore<Lease>, clock: () => number): Leases {
  const known = new Map<EdgeName, Lease>();
  return {
    urlOf: async (edge) => {
      const kept = known.get(edge);
      if (kept !== undefined && clock() < kept.until) return kept.url;
      const { value: lease } = await edges.read(edge);
      if (lease === undefined || isDead(lease, clock())) {
        known.delete(edge);
        return undefined;
      }
      known.set(edge, lease);
      return lease.url;
    },
    forget: (edge) => void known.delete(edge),
  };
}
