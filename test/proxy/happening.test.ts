import { expect, test } from "vitest";
import { type Happening, happening, MAX_HISTORY, withHappening } from "../../functions/proxy/happening.ts";
import { NOW } from "./a-fork.ts";

function historyOf(count: number): readonly Happening[] {
  let subject: { readonly history: readonly Happening[] } = { history: [] };
  for (let n = 0; n < count; n++) subject = withHappening(subject, happening(NOW + n, "heard", undefined));
  return subject.history;
}

test("what happens comes last, and the rest of the subject stays as it is", () => {
  const before = { final: 480, history: historyOf(2) };
  const more = happening(NOW, "answered", undefined, "480 Temporarily Unavailable");
  expect(withHappening(before, more)).toEqual({ final: 480, history: [...before.history, more] });
  expect(before.history).toHaveLength(2);
});

test("of too many the middle is forgotten: how it began and how it ended stay", () => {
  expect(historyOf(MAX_HISTORY)).toHaveLength(MAX_HISTORY);
  const times = historyOf(3 * MAX_HISTORY).map(({ at }) => at - NOW);
  expect(times).toHaveLength(MAX_HISTORY);
  const half = MAX_HISTORY / 2;
  expect(times.slice(0, half)).toEqual(Array.from({ length: half }, (_, n) => n));
  expect(times.slice(half)).toEqual(Array.from({ length: half }, (_, n) => 2.5 * MAX_HISTORY + n));
});

test("a detail has an end, whatever a device has to say", () => {
  expect(happening(NOW, "heard", undefined, "x".repeat(1_000)).detail).toBe("x".repeat(200));
});
