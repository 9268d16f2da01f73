import { START } from "./world.ts";

interface Timer {
  readonly at: number;
  readonly isAlarm: boolean;
  readonly run: () => void;
}

/** The clock of a world, which goes from one timer to the next, and only when it is told. */
export class PassingTime {
  #now = START;
  #timers: Timer[] = [];

  /** In ms since 1970. */
  get now(): number {
    return this.#now;
  }

  /** When the next timer goes off; undefined if there is none. */
  get next(): number | undefined {
    if (this.#timers.length === 0) return undefined;
    return this.#timers.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  }

  /** `run` in so many ms. An alarm is set by the process, and may die with it. */
  in(delay: number, run: () => void, isAlarm = false): void {
    this.#timers.push({ at: this.#now + delay, isAlarm, run });
  }

  forgetAlarms(): void {
    this.#timers = this.#timers.filter(({ isAlarm }) => !isAlarm);
  }

  /** To the next timer, and all that go off then. */
  pass(): void {
    const now = this.next ?? this.#now;
    const due = this.#timers.filter(({ at }) => at <= now);
    this.#timers = this.#timers.filter(({ at }) => at > now);
    this.#now = now;
    for (const { run } of due) run();
  }
}
