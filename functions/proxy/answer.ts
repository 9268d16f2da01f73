import type { Octets } from "../sip/octets.ts";

/** A final response on its way upstream. */
export interface Answer {
  readonly status: number;
  /** The callee's own response, ready to send; undefined for one that we make. */
  readonly octets: Octets | undefined;
}

/** 4xx that tell the caller how to try again with success; preferred within their class (RFC 3261 §16.7 step 6). */
const HELPFUL: readonly number[] = [401, 407, 415, 420, 484];

/** The better of two failures to tell the caller (RFC 3261 §16.7 step 6). The first, if they are equally good. */
export function better(one: Answer | undefined, other: Answer): Answer {
  return one === undefined || rank(other) < rank(one) ? other : one;
}

/**
 * Lower is better: a 6xx before all, then the lowest class, then what a device said before what we conclude; and last of all
 * 503, which would say that we are overloaded.
 */
function rank({ status, octets }: Answer): number {
  const statusClass = Math.floor(status / 100);
  if (statusClass === 6) return 0;
  const preference = HELPFUL.includes(status) ? 0 : status === 503 ? 4 : 2;
  return statusClass * 10 + preference + (octets === undefined ? 1 : 0);
}
