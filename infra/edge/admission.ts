import type { EdgeLimits } from "./limits.ts";
import { Paces } from "./paces.ts";

const MINUTE = 60;

/** Counts the connections, handshakes included, and says when there are too many. */
export class Admission {
  readonly #limits: EdgeLimits;
  readonly #heldBy = new Map<string, number>();
  readonly #arrivals: Paces;
  #held = 0;

  constructor(limits: EdgeLimits) {
    this.#limits = limits;
    const { maxPerAddress: burst } = limits;
    this.#arrivals = new Paces({ burst, perSecond: burst / MINUTE });
  }

  /** How many networks are remembered. */
  get size(): number {
    return this.#heldBy.size + this.#arrivals.size;
  }

  /** One more from there: "in", until `leave` is told; else the status that refuses it. */
  enter(network: string | undefined, now: number): "in" | 429 | 503 {
    const { maxConnections, maxPerAddress } = this.#limits;
    if (this.#held >= maxConnections) return 503;
    if (network !== undefined && maxPerAddress !== Number.POSITIVE_INFINITY) {
      const held = this.#heldBy.get(network) ?? 0;
      if (held >= maxPerAddress || this.#arrivals.isSpent(network, now)) return 429;
      this.#heldBy.set(network, held + 1);
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
