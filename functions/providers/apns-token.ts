import type { KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import { type KeptToken, keptToken } from "./kept-token.ts";

/** What a team signs with for APNs. */
export interface ApnsKey {
  /** What is in the `.p8` file: P-256. */
  readonly key: KeyObject;
  /** What Apple calls the key, and the team. */
  readonly keyId: string;
  readonly teamId: string;
}

/** Apple takes a token for an hour, and not one more within 20 minutes (429 TooManyProviderTokenUpdates). In ms. */
const LIFE = 40 * 60_000;
const SPACING = 20 * 60_000;

/** The provider token that Apple knows a team by: a JWT, ES256. `clock` in ms since 1970. */
export function apnsToken({ key, keyId, teamId }: ApnsKey, clock: () => number): KeptToken {
  const make = async () => {
    const now = clock();
    const jwt = new SignJWT({}).setProtectedHeader({ alg: "ES256", kid: keyId }).setIssuer(teamId);
    return { token: await jwt.setIssuedAt(Math.floor(now / 1000)).sign(key), until: now + LIFE };
  };
  return keptToken(make, SPACING, clock);
}
