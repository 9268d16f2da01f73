import type { PushTarget } from "../location/location.ts";
import type { Octets } from "../sip/octets.ts";
import { destinationOf } from "./destination.ts";

/** The device tokens that a target is made of: one, or those of `TOKEN:voip&TOKEN:remote` (RFC 8599 §10). */
export function deviceTokens(target: PushTarget): readonly Octets[] {
  if (!target.provider.startsWith("apns")) return [target.prid];
  return target.prid.split("&").map((token) => token.replace(/:(?:voip|remote)$/, ""));
}

/** The one that calls go to, without which the device cannot be woken for them. */
export function callToken(target: PushTarget): Octets {
  return destinationOf(target, "call")?.token ?? target.prid;
}
