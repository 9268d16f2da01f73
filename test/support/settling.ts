/** Answers when a stack has nothing at work any more. */
type Settled = () => Promise<void>;

let current: Settled | undefined;

/** Of the stack that tests run on now, if it keeps nothing in order; undefined if what comes first is dealt with first. */
export function settling(): Settled | undefined {
  return current;
}

/** A stack that keeps nothing in order says so, and once more (undefined) at its end. */
export function settlesBy(settled: Settled | undefined): void {
  current = settled;
}
