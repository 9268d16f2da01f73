/** Runs work with the same key one after the other, and work with different keys at once. */
export class InOrder {
  /** The last piece of work of each key that is not done yet. Undefined while there is none: most of the time. */
  #last: Map<string, Promise<void>> | undefined;

  /** Starts the work as soon as that key's earlier work is done. It must not reject. */
  run(key: string, work: () => Promise<void>): void {
    const before = this.#last?.get(key);
    const running = before === undefined ? work() : before.then(work);
    this.#last ??= new Map();
    this.#last.set(key, running);
    void running.then(() => this.#done(key, running));
  }

  /** When everything that was started is done. */
  async settled(): Promise<void> {
    if (this.#last !== undefined) await Promise.all(this.#last.values());
  }

  #done(key: string, work: Promise<void>): void {
    if (this.#last?.get(key) !== work) return;
    this.#last.delete(key);
    if (this.#last.size === 0) this.#last = undefined;
  }
}
