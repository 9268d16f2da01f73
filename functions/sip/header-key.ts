import type { Octets } from "./octets.ts";

/** Compact names (RFC 3261 §7.3.3, and the RFCs that added their own) and what they stand for. */
const COMPACT: ReadonlyMap<string, string> = new Map([
  ["a", "accept-contact"],
  ["b", "referred-by"],
  ["c", "content-type"],
  ["d", "request-disposition"],
  ["e", "content-encoding"],
  ["f", "from"],
  ["i", "call-id"],
  ["j", "reject-contact"],
  ["k", "supported"],
  ["l", "content-length"],
  ["m", "contact"],
  ["n", "identity-info"],
  ["o", "event"],
  ["r", "refer-to"],
  ["s", "subject"],
  ["t", "to"],
  ["u", "allow-events"],
  ["v", "via"],
  ["x", "session-expires"],
  ["y", "identity"],
]);

/**
 * Names as they are usually spelled, found without lowering their case. Literal keys on purpose: the engine compares two
 * literals by address, and lines are looked for by key all the time. The table never grows.
 */
const USUAL: ReadonlyMap<string, string> = new Map([
  ["Accept", "accept"],
  ["Allow", "allow"],
  ["Authorization", "authorization"],
  ["CSeq", "cseq"],
  ["Call-ID", "call-id"],
  ["Contact", "contact"],
  ["Content-Disposition", "content-disposition"],
  ["Content-Length", "content-length"],
  ["Content-Type", "content-type"],
  ["Date", "date"],
  ["Expires", "expires"],
  ["From", "from"],
  ["Max-Forwards", "max-forwards"],
  ["Min-Expires", "min-expires"],
  ["Min-SE", "min-se"],
  ["Proxy-Authenticate", "proxy-authenticate"],
  ["Proxy-Authorization", "proxy-authorization"],
  ["Proxy-Require", "proxy-require"],
  ["Reason", "reason"],
  ["Record-Route", "record-route"],
  ["Require", "require"],
  ["Retry-After", "retry-after"],
  ["Route", "route"],
  ["Server", "server"],
  ["Session-Expires", "session-expires"],
  ["Supported", "supported"],
  ["Timestamp", "timestamp"],
  ["To", "to"],
  ["Unsupported", "unsupported"],
  ["User-Agent", "user-agent"],
  ["Via", "via"],
  ["WWW-Authenticate", "www-authenticate"],
]);

/** The key of a name that most messages have, spelled as usual: such a name needs no look at its octets. */
export function usualHeaderKey(name: Octets): string | undefined {
  return USUAL.get(name);
}

/** The name by which a header line is found: lower case, the long form. */
export function headerKey(name: Octets): string {
  const usual = USUAL.get(name);
  if (usual !== undefined) return usual;
  const lower = name.toLowerCase();
  return COMPACT.get(lower) ?? lower;
}
