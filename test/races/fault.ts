/** What may go wrong at one call of a port. What does not apply to it does not happen. */
export type Fault =
  /** It is refused (a throttle, 429, 5xx), and nothing is done. */
  | "refused"
  /** It is done, and the answer is lost (a timeout). */
  | "unanswered"
  /** The function dies before it. */
  | "dies before"
  /** It is done, and the function dies. */
  | "dies after"
  /** The connection that is sent to ends just now, and its `$disconnect` will come. */
  | "gone"
  /** The connection that is sent to ends just now, and nobody is told. */
  | "gone untold"
  /** The push service cannot take the push. */
  | "push failed"
  /** The push service says that the token is dead. */
  | "token dead";

export const FAULTS: readonly [Fault, ...Fault[]] = [
  "refused",
  "unanswered",
  "dies before",
  "dies after",
  "gone",
  "gone untold",
  "push failed",
  "token dead",
];

/** Those that the best of worlds has, too: connections end, and pushes are refused. */
export const ORDINARY_FAULTS: readonly [Fault, ...Fault[]] = [
  "gone",
  "gone untold",
  "push failed",
  "token dead",
];

/** Whether it belongs to the best of worlds, too. */
export function isOrdinary(fault: Fault): boolean {
  return ORDINARY_FAULTS.includes(fault);
}

/** A call of a port, as faults are told which one is meant. */
export interface PortCall {
  /** Counted from when the race begins. */
  readonly number: number;
  /** What the function was set going by: "REGISTER of bob1/1". */
  readonly by: string;
  readonly what: string;
  readonly place: string;
}

/** What goes wrong at a call of a port. */
export type Faults = (call: PortCall) => Fault | undefined;

export class PortFault extends Error {}
