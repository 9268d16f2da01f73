import type { ConnectionId } from "../location/ids.ts";
import type { NonceUse } from "../location/location.ts";
import type { Aor } from "../sip/aor.ts";

/** Where a REGISTER came from, and when, in ms since 1970. */
export interface Arrival {
  readonly aor: Aor;
  readonly connection: ConnectionId;
  readonly now: number;
  /** When its edge received it, in ms since 1970, if that is known. */
  readonly receivedAt?: number | undefined;
  /** When the token ends that allows it, in ms since 1970; undefined if no token does. */
  readonly until?: number | undefined;
  /** The nonce that its credentials took, if it was that. */
  readonly nonce?: NonceUse | undefined;
}
