import type { ConnectionId } from "../location/ids.ts";
import { streamOf } from "../location/transport.ts";
import type { Place } from "../sip/place.ts";
import type { App } from "./app.ts";

/**
 * Where a client that speaks to us over this connection reaches us again, should it have to connect anew: in our Record-Route,
 * Via and Contact. One over WebSocket goes by the domain; how that becomes a URL it knows itself (RFC 7118 §5).
 */
export function ourPlace(
  { settings }: App,
  over: ConnectionId | undefined,
  domain: string = settings.domains[0],
): Place {
  const stream = over && streamOf(over);
  if (stream === undefined) return { host: domain, transport: "ws" };
  return { host: settings.places[stream] ?? domain, transport: stream === "TLS" ? "tls" : "tcp" };
}
