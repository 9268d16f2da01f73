import { expect, test } from "vitest";
import { sizeOf } from "./bundle-files.ts";
import { NEEDED } from "./needed-actions.ts";
import { reachableActions } from "./reachable-actions.ts";

/**
 * Octets of the message function that are loaded before it can be called. 200 KB of them are the SDK's, for DynamoDB and
 * @connections.
 */
const BUDGET = 350_000;

test("the message function is small: what few calls need is loaded when they do", () => {
  expect(sizeOf("message")).toBeLessThanOrEqual(BUDGET);
});

test.each(Object.entries(NEEDED))(
  "the function %s has code for all that it is said to ask of AWS",
  (name, needed) => {
    const reachable = reachableActions(name);
    expect(needed.filter((action) => !reachable.has(action))).toEqual([]);
  },
);

test("of everything that the code can ask of AWS it is said which function does", () => {
  const needed = new Set(Object.values(NEEDED).flat());
  const reachable = new Set(Object.keys(NEEDED).flatMap((name) => [...reachableActions(name)]));
  expect([...reachable].filter((action) => !needed.has(action))).toEqual([]);
});
