import type { Outcome, Round } from "./round.ts";

/** One way in which a race is run. */
export interface Kind {
  readonly name: string;
  /** Rejects, or notes in the round what is wrong, if a promise is broken. */
  readonly play: (round: Round) => Promise<Outcome>;
}

export interface Race {
  readonly name: string;
  readonly kinds: readonly Kind[];
}
