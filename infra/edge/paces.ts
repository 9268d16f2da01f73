import { isOver, type Pace, spend } from "../../functions/pace.ts";

/** How many are remembered at most; beyond it the one that was noted first is forgotten. */
const CAPACITY = 10_000;

/** A token bucket for each of many, by name. It remembers those with something spent, and not more of them than it has room for. */
export class Paces {
  readonly #pace: Pace;
  readonly #capacity: number;
  readonly #spentUntil = new Map<string, number>();

  constructor(pace: Pace, capacity = CAPACITY) {
    this.#pace = pace;
    this.#capacity = capacity;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#spentUntil.size;
  }

  /** Whether one more would be over the pace. */
  isSpent(name: string, now: number): boolean {
    if (this.#spentUntil.size === 0) return false;
    return isOver(spend(this.#spentUntil.get(name) ?? 0, now, this.#pace), now, this.#pace);
  }

  /** Spends one. */
  spend(name: string, now: number): void {
    const spentUntil = spend(this.#spentUntil.get(name) ?? 0, now, this.#pace);
    if (spentUntil <= now) return;
    this.#spentUntil.delete(name);
    this.#spentUntil.set(name, spentUntil);
    if (this.#spentUntil.size <= this.#capacity) return;
    for (const oldest of this.#spentUntil.keys()) {
      this.#spentUntil.delete(oldest);
      return;
    }
  }

  /** Forgets all who have nothing spent any more. */
  forget(now: number): void {
    for (const [name, spentUntil] of this.#spentUntil) if (spentUntil <= now) this.#spentUntil.delete(name);
  }
}
