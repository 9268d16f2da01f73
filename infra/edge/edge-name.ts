import { randomBytes } from "node:crypto";
import type { ConnectionId } from "../../functions/location/ids.ts";
import { type Transport, transportMark } from "../../functions/location/transport.ts";

declare const brand: unique symbol;

/** What an edge of ours is called from one start to its end: 72 random bits in 12 characters of `[A-Za-z0-9_-]`. */
export type EdgeName = string & { readonly [brand]: "EdgeName" };

const NAME_OCTETS = 9;
const CONNECTION_OCTETS = 16;
const ID = /^([\w-]{12})\.[\w-]{22}(?:~\w+)?$/;

/**
 * A name that no edge has had and none will have. Whoever starts anew is another edge, so that the name is the epoch, too: it
 * needs no counter and no clock.
 */
export function newEdgeName(): EdgeName {
  return randomBytes(NAME_OCTETS).toString("base64url") as EdgeName;
}

/** An id for a connection that the edge holds: its name, 128 random bits that nobody guesses and nobody gets twice, and what carries it. */
export function newConnectionId(edge: EdgeName, transport: Transport = "WS"): ConnectionId {
  const random = randomBytes(CONNECTION_OCTETS).toString("base64url");
  return `${edge}.${random}${transportMark(transport)}` as ConnectionId;
}

/** The edge that holds the connection, or held it; undefined for an id that is not ours: API Gateway's have no dot. */
export function edgeOf(connection: ConnectionId): EdgeName | undefined {
  return ID.exec(connection)?.[1] as EdgeName | undefined;
}
