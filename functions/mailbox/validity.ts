import { DateOf, Expires } from "../sip/fields.ts";
import type { Headers } from "../sip/headers.ts";
import type { Octets } from "../sip/octets.ts";

/**
 * Until when a MESSAGE that came now is worth delivering: `keeping` from now on, or what its Expires says, if that is sooner,
 * counted from its Date if it has one (RFC 3428 §7). All in ms, moments since 1970. Throws `SipSyntaxError`.
 */
export function endOfValidity(headers: Headers, now: number, keeping: number): number {
  const seconds = headers.first(Expires);
  const end = now + keeping;
  if (seconds === undefined) return end;
  return Math.min(end, (sentAt(headers.first(DateOf)) ?? now) + seconds * 1000);
}

/** The moment that a Date names, always in GMT (RFC 3261 §20.17); undefined for one that cannot be read. */
function sentAt(date: Octets | undefined): number | undefined {
  if (!date?.endsWith("GMT")) return undefined;
  const moment = Date.parse(date);
  return Number.isNaN(moment) ? undefined : moment;
}
