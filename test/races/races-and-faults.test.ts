import { expect, test } from "vitest";
import { explore, toldAs } from "./explore.ts";
import { HARD } from "./groups.ts";
import { RUNS, SEED, TIMEOUT } from "./runs.ts";

// The same with what goes wrong less often: ports that fail, functions that die, clocks that are off by up to 30 s.

test.each(HARD.map((group) => [group.name, RUNS, SEED, group] as const))(
  "%s (%i orders, seed %i)",
  async (_name, runs, seed, { scenes, hardships }) => {
    const counterexample = await explore(scenes, hardships, runs, seed);
    expect(counterexample && toldAs(counterexample)).toBeUndefined();
  },
  TIMEOUT,
);
