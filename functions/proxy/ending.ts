import type { Octets } from "../sip/octets.ts";
import type { Fork } from "./fork.ts";

/** Why devices are told that a call is over. */
export type Ending = "cancelled" | "answered elsewhere" | "declined elsewhere" | "missed";

/** Why those devices of the fork that are not wanted any more are not. */
export function endingOf({ final, cancelled, best }: Fork): Ending {
  if (cancelled) return "cancelled";
  if (final !== undefined && final < 300) return "answered elsewhere";
  return best !== undefined && best.status >= 600 ? "declined elsewhere" : "missed";
}

const REASONS: Readonly<Record<Ending, Octets>> = {
  cancelled: 'SIP;cause=487;text="Request Terminated"',
  "answered elsewhere": 'SIP;cause=200;text="Call completed elsewhere"',
  "declined elsewhere": 'SIP;cause=600;text="Declined elsewhere"',
  missed: 'SIP;cause=408;text="No answer"',
};

/** The Reason of a CANCEL, for the phone to show a missed call or none (RFC 3326). */
export function cancelReason(fork: Fork): Octets {
  return REASONS[endingOf(fork)];
}
