import { isOver, spend } from "../../functions/pace.ts";
import type { EdgeLimits } from "./limits.ts";
import { Paces } from "./paces.ts";

const MINUTE = 60;
/** What whoever is refused for others' sake, or for having come too often, is told to wait, in s. */
const RETRY_AFTER = 30;
/** Who comes in a storm is told to wait at most so long, in s: each another time, or they would be the next storm. */
const STORM = 10;

/** Why somebody is not let in. */
export interface Refused {
  readonly statusCode: 429 | 503;
  /** When to come again, in s. */
  readonly retryAfter: number;
}

/** Counts the connections, handshakes included, and says when there are too many. */
export class Admission {
  readonly #limits: EdgeLimits;
  readonly #heldBy = new Map<string, number>();
  readonly #arrivals: Paces;
  #held = 0;
  #spentUntil = 0;

  constructor(limits: EdgeLimits) {
    this.#limits = limits;
    const { maxPerAddress: burst } = limits;
    this.#arrivals = new Paces({ burst, perSecond: burst / MINUTE });
  }

  /** How many networks are remembered. */
  get size(): number {
    return this.#heldBy.size + this.#arrivals.size;
  }

  /** One more from there: "in", until `leave` is told; else what refuses it. What one address has too much spends nothing of all. */
  enter(network: string | undefined, now: number): "in" | Refused {
    const { maxConnections, maxPerAddress, connects } = this.#limits;
    if (this.#held >= maxConnections) return { statusCode: 503, retryAfter: RETRY_AFTER };
    const isCounted = network !== undefined && maxPerAddress !== Number.POSITIVE_INFINITY;
    const heldThere = isCounted ? (this.#heldBy.get(network) ?? 0) : 0;
    if (isCounted && (heldThere >= maxPerAddress || this.#arrivals.isSpent(network, now)))
      return { statusCode: 429, retryAfter: RETRY_AFTER };
    const spentUntil = spend(this.#spentUntil, now, connects);
    if (isOver(spentUntil, now, connects))
      return { statusCode: 503, retryAfter: 1 + Math.floor(Math.random() * STORM) };
    this.#spentUntil = spentUntil;
    if (isCounted) {
      this.#heldBy.set(network, heldThere + 1);
      this.#arrivals.spend(network, now);
    }
    this.#held++;
    return "in";
  }

  /** One that was let in from there has ended. */
  leave(network: string | undefined): void {
    this.#held--;
    if (network === undefined) return;
    const held = (this.#heldBy.get(network) ?? 0) - 1;
    if (held > 0) this.#heldBy.set(network, held);
    else this.#heldBy.delete(network);
  }

  forget(now: number): void {
    this.#arrivals.forget(now);
  }
}
