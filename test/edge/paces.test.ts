import { describe, expect, test } from "vitest";
import { isOver, type Pace, spend } from "../../functions/pace.ts";
import { DEFAULT_EDGE_LIMITS, inTenMinutes } from "../../infra/edge/limits.ts";
import { Paces } from "../../infra/edge/paces.ts";

const NOW = 1_800_000_000_000;

/** How many are within the pace when this many come in one moment. */
function within(pace: Pace, times: number, spentUntil = 0): number {
  let spent = spentUntil;
  let taken = 0;
  for (let i = 0; i < times; i++) {
    spent = spend(spent, NOW, pace);
    if (!isOver(spent, NOW, pace)) taken++;
  }
  return taken;
}

describe("a pace", () => {
  test.each<[number, Pace]>([
    [200, DEFAULT_EDGE_LIMITS.requests],
    [10, DEFAULT_EDGE_LIMITS.wrongProofsOfUser],
    [50, DEFAULT_EDGE_LIMITS.wrongProofsOfAddress],
    [7, { burst: 7, perSecond: 3 }],
    [1, { burst: 1, perSecond: 0.001 }],
  ])("lets %i come at once, and no more, of %j", (burst, pace) => {
    expect(within(pace, burst + 5)).toBe(burst);
  });

  test("lets one more come with each share of time that passes", () => {
    const pace = { burst: 10, perSecond: 2 };
    let spent = 0;
    for (let i = 0; i < 10; i++) spent = spend(spent, NOW, pace);
    expect(isOver(spend(spent, NOW + 499, pace), NOW + 499, pace)).toBe(true);
    expect(isOver(spend(spent, NOW + 500, pace), NOW + 500, pace)).toBe(false);
  });

  test("saves nothing up beyond its burst", () => {
    const pace = { burst: 10, perSecond: 2 };
    expect(within(pace, 20, NOW - 3_600_000)).toBe(10);
  });

  test("that is endless is never over", () => {
    expect(within({ burst: 1, perSecond: Number.POSITIVE_INFINITY }, 100_000)).toBe(100_000);
    expect(within(inTenMinutes(0), 100_000)).toBe(100_000);
  });
});

describe("many paces", () => {
  const PACE = { burst: 2, perSecond: 1 };

  test("are apart from each other", () => {
    const paces = new Paces(PACE);
    paces.spend("one", NOW);
    expect(paces.isSpent("one", NOW)).toBe(false);
    paces.spend("one", NOW);
    expect([paces.isSpent("one", NOW), paces.isSpent("other", NOW)]).toEqual([true, false]);
    expect(paces.isSpent("one", NOW + 1_000)).toBe(false);
  });

  test("are forgotten when nothing is spent any more, and not before", () => {
    const paces = new Paces(PACE);
    paces.spend("one", NOW);
    paces.spend("other", NOW);
    paces.spend("other", NOW);
    paces.forget(NOW + 999);
    expect(paces.size).toBe(2);
    paces.forget(NOW + 1_000);
    expect(paces.size).toBe(1);
    expect(paces.isSpent("other", NOW + 999)).toBe(true);
    paces.forget(NOW + 2_000);
    expect(paces.size).toBe(0);
  });

  test("are no more than there is room for: the one that was noted longest ago makes room", () => {
    const paces = new Paces(PACE, 3);
    for (const name of ["a", "a", "b", "b", "c", "c"]) paces.spend(name, NOW);
    // Noted again, and so the latest.
    paces.spend("a", NOW);
    paces.spend("d", NOW);
    expect(paces.size).toBe(3);
    expect(["a", "b", "c"].map((name) => paces.isSpent(name, NOW))).toEqual([true, false, true]);
  });

  test("without a limit remember nobody", () => {
    const paces = new Paces(inTenMinutes(0));
    for (let i = 0; i < 100; i++) paces.spend(`${i}`, NOW);
    expect(paces.size).toBe(0);
    expect(paces.isSpent("1", NOW)).toBe(false);
  });
});
