import type { BindingKey } from "../location/ids.ts";
import type { Binding } from "../location/location.ts";
import { publicUri } from "../location/private-params.ts";
import type { ForkEvent } from "../proxy/fork-event.ts";

/** What a fork is told whose branch went `of` this key: its device is online, by this flow; undefined if that sleeps. */
export function registeredEvent(
  of: BindingKey,
  { key, connection, uri, path }: Binding,
): ForkEvent | undefined {
  return connection && { type: "registered", of, key, connection, uri: publicUri(uri), path };
}
