import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from "jose";
import type { Log } from "../ports.ts";

/** How old keys may be before they are asked for again, in ms: one that was revoked is known no longer. */
const MAX_AGE = 600_000;
/** Between two times that they are asked for, in ms: a token may name any key, and whoever sends it may not make us ask. */
const COOL_DOWN = 30_000;
/** For the answer, in ms. */
const TIMEOUT = 5_000;

/**
 * The keys that an issuer publishes at a URL (a JWK Set, RFC 7517 §5), asked for when one is missing and when they are old. If
 * they cannot be had, those that are known go on. `clock` in ms since 1970.
 */
export function remoteKeys(url: URL, clock: () => number, log: Log): JWTVerifyGetKey {
  // When they are asked for is decided here: jose drops keys that are old, and asks without end for those it cannot get.
  const set = createRemoteJWKSet(url, {
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: Number.POSITIVE_INFINITY,
    timeoutDuration: TIMEOUT,
  });
  let askedAt = Number.NEGATIVE_INFINITY;
  let knownAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;
  const ask = async () => {
    askedAt = clock();
    try {
      await set.reload();
      knownAt = clock();
    } catch (error) {
      log.warn("no keys", { url: url.origin, reason: error instanceof Error ? error.message : "unknown" });
    } finally {
      asking = undefined;
    }
  };
  /** Asks for the keys, or waits for who does; false if it was asked a moment ago. */
  const renewed = async (): Promise<boolean> => {
    if (asking === undefined && clock() - askedAt < COOL_DOWN) return false;
    asking ??= ask();
    await asking;
    return true;
  };
  return async (header, token) => {
    // With old ones at hand only one waits for new ones.
    if (set.jwks() === undefined || (asking === undefined && clock() - knownAt >= MAX_AGE)) await renewed();
    if (set.jwks() === undefined) throw new errors.JWKSNoMatchingKey();
    try {
      return await set(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(await renewed())) throw error;
      return set(header, token);
    }
  };
}
