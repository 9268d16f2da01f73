import type { BindingKey } from "../location/ids.ts";
import type { Binding } from "../location/location.ts";
import { publicUri } from "../location/private-params.ts";
import type { Registered } from "../proxy/fork-event.ts";

/**
 * What a fork is told whose branch went `of` this key: its device is online, by this flow, or by this one instead of the
 * one that failed ("rerouted"). Undefined if the flow sleeps. `connectedAt` is when its connection
 * came up, in ms since 1970, if that is known.
 */
export function registeredEvent(
  of: BindingKey,
  { key, connection, uri, path }: Binding,
  type: "registered" | "rerouted" = "registered",
  connectedAt?: number,
): Registered | undefined {
  return connection && { type, of, key, connection, uri: publicUri(uri), path, connectedAt };
}
