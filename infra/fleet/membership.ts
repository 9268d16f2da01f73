import { ABSENT, type DueStore, type Log, type Version } from "../../functions/ports.ts";
import { type EdgeName, newEdgeName } from "../edge/edge-name.ts";
import { endedLease, type Lease, type LeaseTimes, leaseFrom } from "./lease.ts";

/** The part of an edge in its fleet: what it is called, and how long it may believe in that. */
export interface Membership {
  /** Undefined before it has joined, after it has left, and from the moment at which it could not say any more that it lives. */
  name(): EdgeName | undefined;
  /** Takes a lease under a name of its own. Rejects if the records cannot be reached. */
  join(): Promise<void>;
  /** Says that it lives; who has lost his lease takes another one, under another name. Never rejects. To be called again and again. */
  renew(): Promise<void>;
  /** Gives itself up if it is time: to be called often, also while `renew` waits for an answer. */
  watch(): void;
  /** Says that it is over, so that the others need not wait until its lease is. Never rejects. Not to be called while `renew` is at work. */
  leave(): Promise<void>;
}

export interface MembershipOptions {
  readonly edges: DueStore<Lease>;
  readonly times: LeaseTimes;
  readonly clock: () => number;
  readonly log: Log;
  /** Where the others reach it. */
  readonly url: () => string;
  /** It is what it was called no more: whatever connections it holds under that name must end now. */
  readonly onLost: () => void;
}

/** How long a lease that is over is kept, for whoever comes back after all of the fleet was down, in ms. */
const KEPT = 86_400_000;

export function membership({ edges, times, clock, log, url, onLost }: MembershipOptions): Membership {
  let held: { readonly name: EdgeName; readonly until: number } | undefined;
  const mayBelieve = () => held !== undefined && clock() < held.until;
  const lose = (reason: string) => {
    log.error("edge lost its lease", { edge: held?.name, reason });
    held = undefined;
    onLost();
  };
  const watch = () => {
    if (held !== undefined && !mayBelieve()) lose("not renewed in time");
  };
  const write = (name: EdgeName, version: Version, lease: Lease) =>
    edges.swap(name, version, lease, lease.deadAt + KEPT, lease.deadAt);
  const join = async () => {
    const name = newEdgeName();
    const lease = leaseFrom(clock(), url(), times);
    if ((await write(name, ABSENT, lease)) === "stale") throw new Error(`an edge ${name} is there already`);
    held = { name, until: lease.until };
    log.info("edge joined", { edge: name, url: lease.url });
  };
  const prolong = async (name: EdgeName) => {
    // From before the question: what the answer takes must not lengthen the lease.
    const lease = leaseFrom(clock(), url(), times);
    const { value, version } = await edges.read(name);
    const outcome = value === undefined ? "stale" : await write(name, version, lease);
    watch();
    if (held?.name !== name) return;
    if (outcome === "stale") lose("somebody took it for dead");
    else held = { name, until: lease.until };
  };
  return {
    name: () => (mayBelieve() ? held?.name : undefined),
    join,
    watch,
    renew: async () => {
      watch();
      try {
        await (held === undefined ? join() : prolong(held.name));
      } catch (error) {
        log.warn("lease not renewed", { edge: held?.name, error: String(error) });
      }
    },
    leave: async () => {
      const name = held?.name;
      held = undefined;
      if (name === undefined) return;
      try {
        const { value, version } = await edges.read(name);
        if (value !== undefined) await write(name, version, endedLease(clock(), value, times));
        log.info("edge left", { edge: name });
      } catch (error) {
        log.warn("lease not ended", { edge: name, error: String(error) });
      }
    },
  };
}
