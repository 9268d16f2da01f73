import { textField } from "../sip/field.ts";
import { type HeaderLine, headerLine } from "../sip/headers.ts";
import type { Octets } from "../sip/octets.ts";
import type { Via } from "../sip/via.ts";

/** How a request leaves us. */
export interface NextHop {
  /** The Request-URI. */
  readonly uri: Octets;
  /** The Route that its device's registration came with; "" for none. */
  readonly path: Octets;
  readonly via: Via;
}

const RouteAsGiven = textField("Route");

/** The Path of a registration as the Route of what goes there (RFC 3327 §5.4). */
export function pathLines(path: Octets): readonly HeaderLine[] {
  return path === "" ? [] : [headerLine(RouteAsGiven, path)];
}
