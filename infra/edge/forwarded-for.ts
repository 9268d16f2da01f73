import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { plainAddress, type Source } from "./source.ts";
import type { Trusts } from "./trusted.ts";

/**
 * Where an HTTP request comes from: each proxy adds to `X-Forwarded-For` whom it got the request from, at the end. So the last of them
 * that is no trusted proxy is the client; what stands before it, the client has made up.
 */
export function forwardedFor(peer: Source, headers: IncomingHttpHeaders, trusts: Trusts): Source {
  if (!trusts(peer.address)) return peer;
  const given = headers["x-forwarded-for"];
  const hops = (Array.isArray(given) ? given.join() : (given ?? "")).split(",");
  let source = peer;
  for (const hop of hops.reverse()) {
    const address = plainAddress(hop.trim());
    if (isIP(address) === 0) break;
    source = { address, port: undefined };
    if (!trusts(address)) break;
  }
  return source;
}
