/** One run of a function: what an event, an alarm or somebody with news has set going. */
export interface Invocation {
  readonly name: string;
  readonly kind: "frame" | "disconnect" | "alarm" | "token died";
  /** What it is about: a connection, a fork, a token. */
  readonly about: string;
  /** The frame's first words: "REGISTER", "200". */
  readonly what: string;
  /** The whole of it. */
  readonly text: string;
  readonly startedAt: number;
  /** How far its clock is off, in ms. */
  readonly skew: number;
  calls: number;
  state: "running" | "done" | "dead";
  diedAt: number | undefined;
  /** The calls of ports at which a fault met it. */
  hits: string[];
  /** When it called the locations last, as a count of what has happened. */
  lookedAt: number;
}
