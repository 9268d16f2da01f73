import fc from "fast-check";
import { type Hardships, type Plot, played, plots } from "./plot.ts";
import type { Scene } from "./scene.ts";

/** A story in which something did not hold. */
export interface Counterexample {
  readonly seed: number;
  readonly plot: Plot;
  readonly wrongs: readonly string[];
  /** Who did what, which port was called, in the order in which it happened. */
  readonly story: readonly string[];
}

/** Tells so many random stories of these scenes. Answers the shortest counterexample that it has found, if any. */
export async function explore(
  scenes: readonly Scene[],
  hardships: Hardships,
  runs: number,
  seed: number,
): Promise<Counterexample | undefined> {
  const property = fc.asyncProperty(plots(scenes.length, hardships), async (plot) => {
    const { wrongs } = await played(scenes, plot);
    return wrongs.length === 0;
  });
  const { failed, counterexample } = await fc.check(property, { numRuns: runs, seed });
  const plot = counterexample?.[0];
  if (!failed || plot === undefined) return undefined;
  const { cast, wrongs } = await played(scenes, plot, { isTold: true });
  return { seed, plot, wrongs, story: [`— ${scenes[plot.scene]?.name} —`, ...cast.world.story] };
}

/** For people. */
export function toldAs({ seed, plot, wrongs, story }: Counterexample): string {
  const { phones, faults, skews, twice, lateness } = plot;
  const means = JSON.stringify({ phones, faults, skews, twice, lateness });
  return [...story, ...wrongs.map((wrong) => `WRONG: ${wrong}`), `(seed ${seed}; ${means})`].join("\n");
}
