import { deviceOf } from "../location/device.ts";
import { MaxBreadth } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import type { Branch } from "./branch.ts";

/** The most branches that one request may have at a time, wherever they fork (RFC 5393 §5.3.3). */
const MAX_BREADTH = 60;

/** How a request's Max-Breadth is spent. */
export interface Breadths {
  /** How many of the branches that are wanted may be open at a time. */
  readonly atOnce: number;
  /** The Max-Breadth of each of them: together never more than the request's. */
  readonly each: number;
}

/**
 * What a request that is wanted on so many branches at a time, one or more, may have: as much as it says, and no more than
 * 60 (RFC 5393 §5.3.3). Throws `SipSyntaxError`, and a `Refusal` (440) if the request may have no branch at all.
 */
export function breadthsOf({ headers }: SipRequest, wanted: number): Breadths {
  const incoming = Math.min(headers.first(MaxBreadth) ?? MAX_BREADTH, MAX_BREADTH);
  if (incoming === 0) throw new Refusal(440);
  const atOnce = Math.min(wanted, incoming);
  return { atOnce, each: Math.floor(incoming / atOnce) };
}

/**
 * The Max-Breadth of each branch of a fork of this request. The same each time that a branch is sent: another flow of
 * a device is a new branch in place of the former one, and takes that one's share (§5.3.3.1).
 */
export function shareOf(request: SipRequest, branches: readonly Branch[]): number {
  const devices = new Set<string>();
  for (const { key } of branches) devices.add(deviceOf(key));
  return breadthsOf(request, devices.size).each;
}
