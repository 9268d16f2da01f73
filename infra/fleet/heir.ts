import { logFault } from "../../functions/fault.ts";
import type { ForkId } from "../../functions/location/ids.ts";
import type { Alarms, Log } from "../../functions/ports.ts";
import type { EdgeName } from "../edge/edge-name.ts";
import type { FleetRecords } from "./fleet-records.ts";
import { isDead } from "./lease.ts";

export interface HeirOptions {
  readonly records: FleetRecords;
  readonly alarms: Alarms;
  readonly clock: () => number;
  readonly log: Log;
}

/** How many dead edges are looked at in one go. */
const AT_ONCE = 100;

/** How long a dead edge's lease is kept at least, in ms: the index of open forks may be behind, and a story of its may still end. */
const MOURNING = 60_000;

/**
 * Looks for edges that are dead, and lets every fork that they left open ring here: alarms are hints, a fork that has rung sets its
 * next alarm where it rang, and several may do so. So every edge that lives is the heir of every one that died, and nobody has to claim
 * anything; also one that starts after all have died. The lease goes when no fork is left. Never rejects. To be called every few seconds.
 */
export function heir({ records, alarms, clock, log }: HeirOptions): () => Promise<void> {
  /** What rings here already, by the edge that left it. */
  const inherited = new Map<EdgeName, ReadonlySet<ForkId>>();
  const inherit = async (edge: EdgeName) => {
    const { value: lease, version } = await records.edges.read(edge);
    if (lease === undefined || !isDead(lease, clock())) return;
    const before = inherited.get(edge) ?? new Set();
    const open = new Set<ForkId>();
    for await (const fork of records.openForks(edge)) open.add(fork);
    const news = [...open].filter((fork) => !before.has(fork));
    for (const fork of news) await alarms.set(fork, clock());
    inherited.set(edge, open);
    if (news.length > 0) log.warn("forks inherited", { edge, forks: news.length });
    if (open.size > 0 || clock() < lease.deadAt + MOURNING) return;
    if ((await records.edges.swap(edge, version, undefined, 0)) === "committed") inherited.delete(edge);
  };
  return async () => {
    try {
      const dead = await records.edges.due(clock(), AT_ONCE);
      for (const edge of dead) await inherit(edge as EdgeName);
      for (const edge of inherited.keys()) if (!dead.includes(edge)) inherited.delete(edge);
    } catch (error) {
      logFault(log, "heir", error);
    }
  };
}
