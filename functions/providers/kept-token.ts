/** A token that stands for us at a service: made when it is needed, and kept. */
export interface KeptToken {
  /** The present one. However many wait for it, it is made once; a failure is everybody's, and is not kept. */
  current(): Promise<string>;
  /** Another one than that which the service has just refused; undefined if the last one of that kind is too young. */
  insteadOf(refused: string): Promise<string | undefined>;
}

interface Made {
  readonly token: string;
  /** Until when it is used, in ms since 1970. */
  readonly until: number;
}

/** Tokens that are refused before their time make others at most once in so many ms. `clock` in ms since 1970. */
export function keptToken(make: () => Promise<Made>, spacing: number, clock: () => number): KeptToken {
  let kept: Made | undefined;
  let making: Promise<Made> | undefined;
  let replacedAt = Number.NEGATIVE_INFINITY;
  const made = () => {
    making ??= make()
      .then((token) => {
        kept = token;
        return token;
      })
      .finally(() => {
        making = undefined;
      });
    return making;
  };
  const current = async () => {
    const { token } = kept === undefined || clock() >= kept.until ? await made() : kept;
    return token;
  };
  return {
    current,
    insteadOf: async (refused) => {
      // Somebody else was refused with it, too, and was first.
      if (making !== undefined) return (await making).token;
      if (kept?.token !== refused) return current();
      if (clock() < replacedAt + spacing) return undefined;
      replacedAt = clock();
      return (await made()).token;
    },
  };
}
