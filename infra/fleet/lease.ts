/** That an edge lives, as its record says, under its name. Times are in ms since 1970, by the clock of the edge. */
export interface Lease {
  /** Where the other edges reach its connections: `http://10.0.0.5:8081`, without a path. */
  readonly url: string;
  /** When the edge gives itself up if it has not renewed its lease. */
  readonly until: number;
  /** When the others may take it for dead: so much later that no clock is as wrong. The record is due then. */
  readonly deadAt: number;
}

/** What a fleet goes by, in ms. */
export interface LeaseTimes {
  /** How long an edge is believed in after it has said that it lives. */
  readonly lease: number;
  /** How often it says so. */
  readonly renewal: number;
  /**
   * So much before its lease is over an edge gives itself up, and so much after it the others do. Hence nobody calls a phone gone that an
   * edge still serves, as long as no two clocks differ by twice this.
   */
  readonly tolerance: number;
}

/** The times that go with a lease: an edge has one more chance to renew it before it gives up. */
export function leaseTimes(lease: number): LeaseTimes {
  const third = Math.floor(lease / 3);
  return { lease, renewal: third, tolerance: third };
}

/** The lease of an edge that said at that moment that it lives. */
export function leaseFrom(now: number, url: string, { lease, tolerance }: LeaseTimes): Lease {
  return { url, until: now + lease - tolerance, deadAt: now + lease + tolerance };
}

/** One that is over by every clock. */
export function endedLease(now: number, { url }: Lease, { tolerance }: LeaseTimes): Lease {
  const past = now - 2 * tolerance;
  return { url, until: past, deadAt: past };
}

/** Whether others may take the edge for dead, and its connections for gone. Without a lease it is. */
export function isDead(lease: Lease | undefined, now: number): boolean {
  return lease === undefined || now >= lease.deadAt;
}
