import { type Fault, isOrdinary, PortFault } from "./fault.ts";
import type { Invocation } from "./invocation.ts";
import type { Workings } from "./workings.ts";

/** A call of a port that a function has come to. */
export interface Call<Answer> {
  /** For people: "reads", "swaps", "sends … to". */
  readonly what: string;
  /** Of which records, if it is of records. */
  readonly kind: string;
  readonly key: string;
  /** Whether it changes something; if not, it only reads. */
  readonly changes: boolean;
  /** What it does when its turn comes, whatever becomes of its answer. */
  readonly effect: (fault: Fault | undefined) => Answer;
}

/** Waits until it is chosen, and happens then: well, or with a fault. It never returns to a function that is dead. */
export function portCall<Answer>(
  workings: Workings,
  by: Invocation,
  { what, kind, key, changes, effect }: Call<Answer>,
): Promise<Answer> {
  const { world, options } = workings;
  return new Promise((resolve, reject) => {
    if (by.state === "dead") return;
    const id = `${by.name}.${by.calls++}`;
    const place = kind === "" ? workings.nameOf(key) : `${kind} ${workings.nameOf(key)}`;
    const run = () => {
      const number = workings.portCalls;
      const fault = workings.hasBegun ? options.faults?.({ number, by: by.what, what, place }) : undefined;
      if (workings.hasBegun) workings.portCalls++;
      workings.happened++;
      if (kind === "locations") by.lookedAt = workings.happened;
      if (fault !== undefined && !isOrdinary(fault)) by.hits.push(what);
      if (fault === "dies before") {
        world.tell(() => `${by.name} is about to ${what} ${place}`);
        return workings.die(by);
      }
      if (fault === "refused") {
        world.tell(() => `${by.name}: ${what} ${place} → refused`);
        return reject(new PortFault("a fault of the world"));
      }
      const answer = effect(fault);
      world.tell(() => `${by.name}: ${what} ${place}${toldOf(answer)}`);
      if (fault === "dies after") return workings.die(by);
      if (fault === "unanswered") return reject(new PortFault("a fault of the world"));
      resolve(answer);
    };
    workings.turns.push({
      id,
      what: () => `${by.name}: ${what} ${place}`,
      touches: [`${kind} ${key}`],
      changes,
      run,
      by,
    });
  });
}

function toldOf(answer: unknown): string {
  if (typeof answer === "string") return ` → ${answer}`;
  if (typeof answer === "object" && answer !== null && "outcome" in answer)
    return ` → ${String(answer.outcome)}`;
  return "";
}
