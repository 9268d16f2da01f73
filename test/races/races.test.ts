import { expect, test } from "vitest";
import { explore, toldAs } from "./explore.ts";
import { PLAIN } from "./groups.ts";
import { RUNS, SEED, TIMEOUT } from "./runs.ts";

// Random orders of everything that may happen at once: connections end, pushes are refused, events come twice and in another order, alarms
// come late. What must hold, and where it is weaker, is said in `invariants.ts`.

test.each(PLAIN.map((group) => [group.name, RUNS, SEED, group] as const))(
  "%s (%i orders, seed %i)",
  async (_name, runs, seed, { scenes, hardships }) => {
    const counterexample = await explore(scenes, hardships, runs, seed);
    expect(counterexample && toldAs(counterexample)).toBeUndefined();
  },
  TIMEOUT,
);
