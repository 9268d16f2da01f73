import { hash } from "node:crypto";
import type { EdgeLimits } from "./limits.ts";
import { Paces } from "./paces.ts";
import type { Standing } from "./standing.ts";

/** How a proof of identity turned out: see `Edge` in the ports. */
export type Verdict = "proved" | "stale" | "wrong";

/**
 * Counts wrong proofs, and says when they are too many to go on: per address and user, so that a stranger keeps nobody out
 * elsewhere, and per address. It is all in this process's memory, of bounded size, and forgotten within ten minutes: an
 * unauthenticated request leaves nothing that outlives it.
 */
export class Proofs {
  readonly #ofUser: Paces;
  readonly #ofNetwork: Paces;

  readonly #maxWrongProofs: number;

  constructor({ maxWrongProofs, wrongProofsOfUser, wrongProofsOfAddress }: EdgeLimits) {
    this.#maxWrongProofs = maxWrongProofs;
    this.#ofUser = new Paces(wrongProofsOfUser);
    this.#ofNetwork = new Paces(wrongProofsOfAddress);
  }

  /** How many addresses and users are remembered. */
  get size(): number {
    return this.#ofUser.size + this.#ofNetwork.size;
  }

  /**
   * Somebody said over a connection that he is this user, and whether he could prove it. "too many": it does not count. Whoever has
   * proved it over the same connection before is not held up by what others guess beside him.
   */
  heard(standing: Standing, user: string, verdict: Verdict, now: number): "heard" | "too many" {
    const { network } = standing;
    // It is about to be closed: what was sent along with the last wrong one is no further chance.
    if (standing.wrongProofs >= this.#maxWrongProofs) return "too many";
    if (network !== undefined && standing.provedUser !== user) {
      const pair = pairOf(network, user);
      if (this.#ofUser.isSpent(pair, now) || this.#ofNetwork.isSpent(network, now)) {
        standing.wrongProofs++;
        return "too many";
      }
      if (verdict === "wrong") {
        this.#ofUser.spend(pair, now);
        this.#ofNetwork.spend(network, now);
      }
    }
    if (verdict === "proved") standing.provedUser = user;
    else if (verdict === "wrong") standing.wrongProofs++;
    return "heard";
  }

  forget(now: number): void {
    this.#ofUser.forget(now);
    this.#ofNetwork.forget(now);
  }
}

/** Of one length, however long the name of a user is that a stranger makes up. */
function pairOf(network: string, user: string): string {
  return hash("sha256", `${network} ${user}`, "base64");
}
