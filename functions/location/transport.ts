import type { ConnectionId } from "./ids.ts";

/** What carries a connection, as Via says it (RFC 3261 §20.42, RFC 7118 §5.1). */
export type Transport = "WS" | "WSS" | "TCP" | "TLS";

/** Connections of SIP over a stream (RFC 3261 §18). */
export type StreamTransport = "TCP" | "TLS";

/** No edge but ours ends an id so. */
const TILDE = 126;
const MARK_LENGTH = 4;

/**
 * What the id of a connection ends with, so that whoever has the id knows what carries it; "" for a WebSocket whose
 * transport the settings name.
 */
export function transportMark(transport: Transport): string {
  return transport === "WS" ? "" : `~${transport.toLowerCase()}`;
}

/** What carries a connection by its id; undefined for a WebSocket whose transport the settings name. */
export function transportOf(connection: ConnectionId): Exclude<Transport, "WS"> | undefined {
  const at = connection.length - MARK_LENGTH;
  if (connection.charCodeAt(at) !== TILDE) return undefined;
  switch (connection.slice(at + 1)) {
    case "tcp":
      return "TCP";
    case "tls":
      return "TLS";
    case "wss":
      return "WSS";
  }
  return undefined;
}

/** What carries a connection if that is a stream; undefined for a WebSocket. */
export function streamOf(connection: ConnectionId): StreamTransport | undefined {
  const transport = transportOf(connection);
  return transport === "WSS" ? undefined : transport;
}
