import type { NonceUse } from "../location/location.ts";
import type { Aor } from "../sip/aor.ts";
import type { Rights } from "./rights.ts";

/** Who somebody has proved to be. */
export interface Proof {
  readonly aor: Aor;
  /** When what proved it ends, in ms since 1970; undefined if it does not say. */
  readonly until: number | undefined;
  /** The nonce that it took; undefined for a token. */
  readonly nonce: NonceUse | undefined;
  /** What he may begin; undefined if he is not restricted. */
  readonly rights: Rights | undefined;
}

/** Whether what was proved holds still. */
export function holds({ until }: { readonly until?: number | undefined }, now: number): boolean {
  return until === undefined || until > now;
}

/**
 * Whether a nonce was used before, so often or more often than now: its count rises with each use, and what is not above the
 * last is a replay (RFC 7616 §3.4).
 */
export function isReplay(use: NonceUse | undefined, former: NonceUse | undefined): boolean {
  return use !== undefined && former?.id === use.id && former.count >= use.count;
}
