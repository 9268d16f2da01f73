import type { Keyring } from "../keyring/keyring.ts";

/** Where a nonce holds: for one realm, on one connection, so that what is overheard elsewhere is worth nothing. */
export interface NonceScope {
  readonly realm: string;
  readonly connection: string;
}

/** How long a nonce may be used, in ms. A client that refreshes within it saves a round trip. */
export const NONCE_LIFETIME = 3_600_000;

/** Clocks of two functions may differ by this much, in ms. */
const SKEW = 30_000;

/**
 * A nonce that needs no memory: the time, what it answers (`salt`, no dot in it), and a keyed hash of these and the scope
 * (RFC 7616 §3.3). Two challenges in one second differ by their salt, as each begins a count of its own. `now` is in ms since
 * 1970.
 */
export function issueNonce(keyring: Keyring, scope: NonceScope, now: number, salt = ""): string {
  const time = Math.floor(now / 1000).toString(36);
  return `${time}.${salt}.${keyring.mac("nonce", scope.realm, scope.connection, time, salt)}`;
}

/** What tells a nonce from all others of ours: the hash in it. */
export function nonceId(nonce: string): string {
  return nonce.slice(nonce.lastIndexOf(".") + 1);
}

/** Whether we issued the nonce for this scope, not too long ago. */
export function isFreshNonce(keyring: Keyring, scope: NonceScope, nonce: string, now: number): boolean {
  const dot = nonce.indexOf(".");
  const time = nonce.slice(0, Math.max(dot, 0));
  const salt = nonce.slice(dot + 1, Math.max(nonce.lastIndexOf("."), dot + 1));
  const issued = Number.parseInt(time, 36) * 1000;
  const age = now - issued;
  // What the hash guards is not secret once issued, so comparing it need not take constant time.
  return age < NONCE_LIFETIME && age > -SKEW && nonce === issueNonce(keyring, scope, issued, salt);
}
