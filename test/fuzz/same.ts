import { deepEqual } from "node:assert/strict";

/** Throws if these are not the same, as JSON has them. */
export function same(one: unknown, other: unknown): void {
  // Comparing them as they are takes longer than all that is measured here.
  if (JSON.stringify(one) !== JSON.stringify(other)) deepEqual(one, other);
}
