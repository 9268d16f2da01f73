import fc from "fast-check";
import { expect, test } from "vitest";
import { type Budget, spend } from "../../functions/push/budget.ts";

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

/** How many of these pushes, at these times in ms after NOW, may go out. */
function allowed(budget: Budget, times: readonly number[]): readonly boolean[] {
  let spentUntil = 0;
  return times.map((at) => {
    const next = spend(spentUntil, NOW + at, budget);
    spentUntil = next ?? spentUntil;
    return next !== undefined;
  });
}

function count(outcomes: readonly boolean[]): number {
  return outcomes.filter(Boolean).length;
}

test.each([1, 3, 7, 20, 60])("a budget of %i may be spent all at once, and not one more", (pushes) => {
  const budget = { pushes, window: 10 * MINUTE };
  expect(count(allowed(budget, Array<number>(pushes + 5).fill(0)))).toBe(pushes);
});

test("what was refused costs nothing: a share of the window later one more may go out", () => {
  const budget = { pushes: 10, window: 10 * MINUTE };
  const scan = Array.from({ length: 300 }, (_, index) => index * 10);
  expect(count(allowed(budget, [...scan, MINUTE + 10, MINUTE + 20]))).toBe(11);
});

test("an old budget is whole again, and no more than that", () => {
  const budget = { pushes: 4, window: 10 * MINUTE };
  const day = 24 * 60 * MINUTE;
  expect(count(allowed(budget, [0, 0, 0, 0, ...Array<number>(9).fill(day)]))).toBe(8);
});

test("without a limit everything goes out", () => {
  const budget = { pushes: Number.POSITIVE_INFINITY, window: 10 * MINUTE };
  expect(count(allowed(budget, Array<number>(1_000).fill(0)))).toBe(1_000);
});

test("in no window of time more than twice the budget goes out, whenever they come", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }),
      fc.array(fc.integer({ min: 0, max: 40 * MINUTE }), { maxLength: 300 }),
      (pushes, times) => {
        const window = 10 * MINUTE;
        const sorted = times.toSorted((one, other) => one - other);
        const outcomes = allowed({ pushes, window }, sorted);
        const sent = sorted.filter((_, index) => outcomes[index]);
        for (const begin of sent) {
          const within = sent.filter((at) => at >= begin && at < begin + window);
          expect(within.length).toBeLessThanOrEqual(2 * pushes);
        }
      },
    ),
  );
});
