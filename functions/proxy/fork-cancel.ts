import type { Invited } from "./branch.ts";
import { flowAt } from "./branch-flows.ts";
import type { ForkEffect } from "./fork-event.ts";

/**
 * The CANCELs for a device that was heard: wherever it was, and where it is now. Another copy of the request, of which nothing
 * was heard, gets its own when it is (RFC 3261 §9.1).
 */
export function cancels(branch: Invited, index: number): readonly ForkEffect[] {
  const { connection, heard } = branch;
  const everywhere = heard.includes(connection) ? heard : [connection, ...heard];
  return everywhere.map((each) => ({ type: "cancel", branch: index, over: flowAt(branch, each) }));
}
