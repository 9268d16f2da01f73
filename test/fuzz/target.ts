/** Something that reads what strangers write, and what must hold of it. */
export interface Target {
  readonly name: string;
  /** Inputs that are taken, to begin with. */
  readonly seeds: readonly [string, ...string[]];
  /** Each puts a hostile run of octets at another place of an input. */
  readonly places: readonly ((run: string) => string)[];
  /** Throws, or rejects, if something does not hold. What is refused as it should be is no failure. */
  readonly run: (text: string) => void | Promise<void>;
}

/** How much time an input of `MAX_INPUT` octets may take, in ms. */
export const MAX_MS = 50;

/** Of a failure what stays the same when its input shrinks. */
export function kindOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.replace(/\d+/g, "0").slice(0, 40);
}
