// What may happen next, and who chooses. Every call of a port, and every move of a phone, is a task that waits to be chosen; what
// the stories do between two calls of ports happens at once, as nobody else can see it.

/** Something that may happen now. */
export interface Task {
  /** The same in every run in which the same was chosen before. */
  readonly id: string;
  /** For people. */
  readonly what: () => string;
  /** The records, connections and phones that it reads or changes. */
  readonly touches: readonly string[];
  /** Whether it changes them; if not, it only reads. */
  readonly changes: boolean;
  readonly run: () => void;
}

/** Whose turn it is: an index of the tasks, of which there is at least one; or that time passes first, if it may; or that it need not go on. */
export type Choose = (tasks: readonly Task[], mayWait: boolean) => number | "time passes" | "enough";

/** In the order in which they came up; time passes when there is nothing else to do. */
export const inOrder: Choose = () => 0;

/** A number of this or more means that time passes. */
const PASSING = 60;
/** Choices are numbers below this. */
export const CHOICES = 64;

/** By numbers, one for each choice; in order when they have run out. Smaller numbers are plainer stories. */
export function byNumbers(numbers: readonly number[]): Choose {
  let at = 0;
  return (tasks, mayWait) => {
    const number = numbers[at++] ?? 0;
    if (number >= PASSING && mayWait) return "time passes";
    return number % tasks.length;
  };
}

/** Whether two tasks lead to the same, whichever of them comes first. */
export function commute(one: Task, other: Task): boolean {
  if (!one.changes && !other.changes) return true;
  return !one.touches.some((place) => other.touches.includes(place));
}

/** When everything that was set going has come to its next port: nothing here waits for anything but tasks. */
export function atRest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
