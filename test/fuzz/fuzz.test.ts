import { expect, test } from "vitest";
import * as fields from "../../functions/sip/fields.ts";
import { dice } from "./dice.ts";
import { exploration, explore } from "./explore.ts";
import type { Target } from "./target.ts";
import { TARGETS } from "./targets.ts";

// The short run of what `npm run fuzz` does for as long as one likes: the same mutants every time.

const SEED = 20_261_123;

/** Mutants of each target: few of those that take a whole gateway. */
const runsOf = ({ name }: Target) => (name.startsWith("a frame of") ? 512 : 1_024);

test("every header that we read or write is a target", () => {
  const names = TARGETS.map(({ name }) => name);
  expect(Object.keys(fields).filter((name) => !names.includes(`header ${name}`))).toEqual([]);
});

test.each(TARGETS.map((target, index) => ({ name: target.name, target, index })))(
  "whatever comes, $name: it is taken or refused, and what was taken means the same wherever it is read again",
  async ({ target, index }) => {
    for (const seed of target.seeds) await target.run(seed);
    const found = await explore(exploration(target), dice(SEED + index), (runs) => runs < runsOf(target));
    expect(found).toBeUndefined();
  },
);
