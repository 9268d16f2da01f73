import type { Octets } from "./octets.ts";

/** Where we can be reached, as our URIs say it. */
export interface Place {
  /** `host` or `host:port`. */
  readonly host: Octets;
  /** The transport parameter (RFC 3261 §19.1.1). */
  readonly transport: "ws" | "tcp" | "tls";
}

/** What stands behind the `@` of a URI of ours. */
export function formatPlace({ host, transport }: Place): Octets {
  return `${host};transport=${transport}`;
}

/** The host of `host` or `host:port`, in lower case; an IPv6 address in its brackets. */
export function hostIn(place: Octets): Octets {
  return place.replace(/:\d+$/, "").toLowerCase();
}
