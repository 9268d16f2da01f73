import { Via } from "./fields.ts";
import type { SipRequest } from "./message.ts";
import type { Octets } from "./octets.ts";
import { paramOf, withoutParam } from "./params.ts";
import { hostIn } from "./place.ts";

/** Where a message came from, as we see it. */
export interface Source {
  /** IPv4 or IPv6, without brackets. */
  readonly address: Octets;
  readonly port: number;
  /** Whether it came over a stream, where a Via names a real host; a WebSocket's names none (RFC 7118 §5.1). */
  readonly isStream: boolean;
}

/**
 * The request with what we see of its sender in its topmost Via: `received` where that names another host
 * (RFC 3261 §18.2.1), and with it the port in `rport` where that was asked for (RFC 3581 §4). Answers go back over the
 * connection all the same; clients learn from it where they are. Throws `SipSyntaxError` if that Via cannot be read.
 */
export function withReceived(request: SipRequest, { address, port, isStream }: Source): SipRequest {
  const via = request.headers.first(Via);
  if (via === undefined) return request;
  const asksForPort = paramOf(via.params, "rport") !== undefined;
  if (!asksForPort && (!isStream || isFrom(via.sentBy, address))) return request;
  const kept = withoutParam(via.params, "received");
  const params = [
    ...kept.map((param) => (param[0].toLowerCase() === "rport" ? (["rport", `${port}`] as const) : param)),
    ["received", address] as const,
  ];
  const headers = request.headers.withoutFirst(Via).prepend(Via, { ...via, params });
  return { ...request, headers };
}

function isFrom(sentBy: Octets, address: Octets): boolean {
  return hostIn(sentBy).replace(/^\[|\]$/g, "") === address.toLowerCase();
}
