import type { Reading } from "../../functions/config/reading.ts";
import { DEFAULT_EDGE_LIMITS, type EdgeLimits, inTenMinutes } from "../edge/limits.ts";
import type { Variable } from "./variables.ts";

const HOUR = 3_600;

/** What clients may cost the edge. */
export function edgeLimits({ integer, limit }: Reading<Variable>): EdgeLimits {
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
