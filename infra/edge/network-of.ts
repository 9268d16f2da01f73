import { plainAddress } from "./source.ts";

/** What a connection's limits by address go by; undefined where clients cannot be told apart, and none holds. */
export type NetworkOf = (address: string) => string | undefined;

/** Of an IPv6 address: what one customer has, and chooses the rest of as he likes (RFC 6177). */
const PREFIX_GROUPS = 4;
const GROUPS = 8;

/**
 * The client's IPv4 address, or the /64 that its IPv6 address is in. Whoever comes over loopback is taken for a proxy that
 * brings many, and that has not said whom.
 */
export function networkOf(given: string): string | undefined {
  const address = plainAddress(given);
  if (address === "" || address === "::1" || address.startsWith("127.")) return undefined;
  return address.includes(":") ? prefixOf(address) : address;
}

/** Of an address as the system writes it: at most one `::`, maybe a zone. */
function prefixOf(address: string): string {
  const [head = "", tail = ""] = address.split("::");
  const before = groupsIn(head);
  const after = groupsIn(tail);
  while (before.length + after.length < GROUPS) before.push("0");
  return `${[...before, ...after].slice(0, PREFIX_GROUPS).join(":")}::/64`;
}

function groupsIn(text: string): string[] {
  return text === "" ? [] : text.split(":");
}
