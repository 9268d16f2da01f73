import type { ForkId } from "../../functions/location/ids.ts";
import type { DueStore } from "../../functions/ports.ts";
import type { EdgeName } from "../edge/edge-name.ts";
import type { Lease } from "./lease.ts";

/** What the edges of a fleet know of each other. */
export interface FleetRecords {
  readonly edges: DueStore<Lease>;
  /** The forks that an edge has opened and that are not over (`keeperOf`), as of a moment ago. */
  openForks(edge: EdgeName): AsyncIterable<ForkId>;
}
