import type { RootDatabase } from "lmdb";

interface Write {
  /** Whether its condition held. */
  readonly write: () => boolean;
  readonly settle: (isDone: boolean) => void;
  readonly fail: (error: unknown) => void;
}

/** The writes of one turn of the event loop, in one transaction at its end: beginning and committing is most of its price. */
export class Commits {
  readonly #root: RootDatabase;
  readonly #onUndone: () => void;
  #writes: Write[] = [];

  /** `onUndone` is told when none of a turn's writes could be committed. */
  constructor(root: RootDatabase, onUndone: () => void) {
    this.#root = root;
    this.#onUndone = onUndone;
  }

  /** Answers when the write is committed, or was refused because its condition did not hold. */
  add(write: () => boolean): Promise<"committed" | "stale"> {
    return new Promise((resolve, fail) => {
      const settle = (isDone: boolean) => resolve(isDone ? "committed" : "stale");
      if (this.#writes.push({ write, settle, fail }) === 1) setImmediate(() => this.#commit());
    });
  }

  #commit(): void {
    const writes = this.#writes;
    this.#writes = [];
    let answers: (() => void)[];
    try {
      answers = this.#root.transactionSync(() => writes.map(attempt));
    } catch (error) {
      this.#onUndone();
      answers = writes.map((write) => () => write.fail(error));
    }
    for (const answer of answers) answer();
  }
}

/** Makes a write, and answers what to say once it is committed. One that cannot be made fails alone. */
function attempt({ write, settle, fail }: Write): () => void {
  try {
    const isDone = write();
    return () => settle(isDone);
  } catch (error) {
    return () => fail(error);
  }
}
