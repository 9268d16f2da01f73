import type { Invited } from "./branch.ts";
import { flowAt } from "./branch-flows.ts";
import type { ForkEffect } from "./fork-event.ts";

/**
 * The CANCELs for a device that was heard: where it is now, and where it was heard, should that be elsewhere. Another copy
 * of the request, of which nothing was heard, gets its own when it is (RFC 3261 §9.1).
 */
export function cancels(branch: Invited, index: number): readonly ForkEffect[] {
  const { connection, heard = connection } = branch;
  const over = heard === connection ? [connection] : [connection, heard];
  return over.map((each) => ({ type: "cancel", branch: index, over: flowAt(branch, each) }));
}
