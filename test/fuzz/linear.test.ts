import { afterAll, expect, test } from "vitest";
import { coverage } from "./coverage.ts";
import { SHAPES } from "./shapes.ts";
import type { Target } from "./target.ts";

// Work is counted in blocks of code that run, which no clock and no other process disturbs. `npm run fuzz` has the clock.

// What is loaded before is not counted block by block.
const blocks = coverage((url) => url.includes("/functions/"));
afterAll(() => blocks.stop());
const { TARGETS } = await import("./targets.ts");

/** Where reading may look again at what it has seen: lists, and what is searched for an end. All have a turn in `npm run fuzz`. */
const LISTS = SHAPES.filter(({ name }) => /different|nested|escapes|<sip:|branch|;a=|%41"|^"Via/.test(name));

/** One field of each sort: the others are read alike. A gateway does much that has nothing to do with the length. */
const MEASURED = TARGETS.filter(
  ({ name }) => !/^a frame of|^header (?!Via$|Contact$|AcceptContact$|Authorization$)/.test(name),
);

/** An input twice as long may be this many times the work: twice, and a little for what is uneven. */
const MOST = 2.1;

/** Fewer blocks than run for this and that are no measure. */
const ANYWAY = 5_000;

/** How many blocks run for all these shapes, in all places. */
async function work({ places, run }: Target, octets: number): Promise<number> {
  blocks.take();
  for (const { of } of LISTS) for (const place of places) await run(place(of(octets)));
  return blocks.steps();
}

test.each(MEASURED.map((target) => ({ name: target.name, target })))(
  "twice the octets are at most twice the work: $name",
  async ({ target }) => {
    const once = await work(target, 3_500);
    expect(once).toBeGreaterThan(ANYWAY);
    expect((await work(target, 7_000)) / once).toBeLessThan(MOST);
  },
);
