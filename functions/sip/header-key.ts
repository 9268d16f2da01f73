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

/** Names as clients usually spell them: found without lowering their case. The table never grows. */
const USUAL: ReadonlyMap<string, string> = new Map(
  [
    ...[
      "Via",
      "From",
      "To",
      "Call-ID",
      "CSeq",
      "Max-Forwards",
      "Contact",
      "Expires",
      "Route",
      "Record-Route",
    ],
    ...["Authorization", "Proxy-Authorization", "Allow", "Supported", "Require", "User-Agent", "Server"],
    ...["Content-Type", "Content-Length", "Session-Expires", "Min-SE", "Content-Disposition", "Accept"],
  ].map((name) => [name, name.toLowerCase()]),
);

/** The key of a name that most messages have, spelled as usual: such a name needs no look at its octets. */
export function usualHeaderKey(name: Octets): string | undefined {
  return USUAL.get(name);
}

/** The name by which a header line is found: lower case, the long form. */
export function headerKey(name: Octets): string {
  const lower = name.toLowerCase();
  return COMPACT.get(lower) ?? lower;
}
