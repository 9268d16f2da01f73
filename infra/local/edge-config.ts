import { DEFAULT_EDGE_LIMITS, type EdgeLimits, inTenMinutes } from "../edge/limits.ts";
import type { Reading } from "./reading.ts";

const HOUR = 3_600;

/** As a browser says it: a scheme and a host, no path; "null" for a page that has none. */
const ORIGIN = /^(?:\*|null|[a-z][a-z0-9+.-]*:\/\/[^/\s]*)$/;

/** The origins whose pages may connect, in lower case. */
export function originsIn({ list }: Reading, problems: string[]): readonly string[] {
  const origins = list("ORIGINS").map((origin) => origin.toLowerCase());
  for (const origin of origins) {
    if (!ORIGIN.test(origin)) problems.push(`ORIGINS must be like https://example.com, not "${origin}"`);
  }
  return origins;
}

/** What clients may cost the edge. */
export function edgeLimits({ integer, limit }: Reading): EdgeLimits {
  return {
    ...DEFAULT_EDGE_LIMITS,
    requests: { burst: integer("REQUEST_BURST", 1, 100_000), perSecond: limit("REQUESTS_PER_SECOND") },
    maxConnections: limit("MAX_CONNECTIONS", 1_000_000),
    maxPerAddress: limit("ADDRESS_CONNECTIONS"),
    proofTimeout: integer("PROOF_SECONDS", 1, HOUR) * 1000,
    wrongProofsOfUser: inTenMinutes(integer("USER_GUESSES", 0, 100_000)),
    wrongProofsOfAddress: inTenMinutes(integer("ADDRESS_GUESSES", 0, 100_000)),
  };
}
