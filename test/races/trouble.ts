import type { World } from "./world.ts";

/** How far clocks may disagree before calls are given up too soon for others, in ms (race m). */
const TOLERANCE = 5_000;

/** Whether anything failed that does not fail in the best of worlds. */
export function isHindered({ invocations }: World): boolean {
  return invocations.some(({ hits, state }) => hits.length > 0 || state === "dead");
}

/** Whether clocks disagreed by more than can be made up for. */
export function isSkewed({ invocations }: World): boolean {
  return invocations.some(({ skew }) => Math.abs(skew) > TOLERANCE);
}
