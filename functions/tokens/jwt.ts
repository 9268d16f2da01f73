import { errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import type { TokenSource } from "../auth/bearer.ts";
import type { Bearers, Log, Verified } from "../ports.ts";
import { claimedAor } from "./claimed-aor.ts";
import { claimedRights } from "./claimed-rights.ts";

/** Which tokens are good (RFC 7519 §4.1). */
export interface JwtPolicy extends TokenSource {
  /** Who must have issued a token, and for whom; both must be in it. */
  readonly issuer: string;
  readonly audience: string;
  /** The claim that names the user. */
  readonly claim: string;
  /** The claim that says what the user may begin; undefined if tokens say nothing of that. */
  readonly rightsClaim: string | undefined;
  /** How it may be signed; `none` never is. */
  readonly algorithms: readonly string[];
  /** The domains whose users are ours; a bare name is of the first. */
  readonly domains: readonly [string, ...string[]];
}

/** What needs a public key to check, and nothing but that. */
export const PUBLIC_KEY_ALGORITHMS: readonly string[] = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

/** What needs the secret that it was signed with. */
export const SECRET_KEY_ALGORITHMS: readonly string[] = ["HS256", "HS384", "HS512"];

/** Octets; what is longer is nobody's token, and is not even looked at. */
const MAX_TOKEN = 8_192;
/** By how much the issuer's clock may be ahead of ours, in seconds. */
const TOLERANCE = 10;

/** Verifies JWTs (RFC 8898 §2.2, RFC 7519 §7.2) with these keys. `clock` in ms since 1970. */
export function jwtBearers(keys: JWTVerifyGetKey, policy: JwtPolicy, clock: () => number, log: Log): Bearers {
  const { issuer, audience, claim, rightsClaim, domains, authzServer, scope } = policy;
  const algorithms = [...policy.algorithms];
  const requiredClaims = ["exp", claim];
  const verify = async (token: string): Promise<Verified | "expired" | "invalid"> => {
    if (token.length > MAX_TOKEN) return "invalid";
    const now = clock();
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms,
        requiredClaims,
        clockTolerance: TOLERANCE,
        currentDate: new Date(now),
      });
      const expiresAt = (payload.exp ?? 0) * 1000;
      // What has expired has: nobody can be let in until some moment in the past.
      if (expiresAt <= clock()) return "expired";
      const aor = claimedAor(payload[claim], domains);
      const rights = claimedRights(rightsClaim === undefined ? undefined : payload[rightsClaim]);
      if (aor !== undefined && rights !== "unreadable") return { aor, expiresAt, rights };
      const reason = aor === undefined ? `${claim} names no user of ours` : `${rightsClaim} says no rights`;
      log.info("token refused", { reason });
      return "invalid";
    } catch (error) {
      if (error instanceof errors.JWTExpired) return "expired";
      log.info("token refused", { reason: reasonOf(error) });
      return "invalid";
    }
  };
  return { authzServer, scope, verify };
}

/** Not its message, which may quote the token. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed) return `${error.code} ${error.claim}`;
  if (error instanceof errors.JOSEError) return error.code;
  return error instanceof Error ? error.name : "unknown";
}
