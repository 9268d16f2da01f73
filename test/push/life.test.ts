import fc from "fast-check";
import { expect, test } from "vitest";
import { lifeUntil } from "../../functions/push/life.ts";
import { NOW } from "./a-push.ts";

test.each([
  ["as long as what it is for", 25_000, 25],
  ["no second longer than that", 24_999, 24],
  ["not at all when time is nearly up", 999, 0],
  ["not at all when time is up", -5_000, 0],
  ["at most the four weeks that FCM allows", 30 * 86_400_000, 2_419_200],
])("a push lives %s", (_, left, seconds) => {
  expect(lifeUntil(NOW + left, NOW)).toBe(seconds);
});

test("no push outlives what it is for", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 10 }), (left) => {
      expect(NOW + lifeUntil(NOW + left, NOW) * 1000).toBeLessThanOrEqual(NOW + left);
    }),
  );
});
