import { type InvitedBranch, invited } from "./branch.ts";
import type { Fork, ForkTimers } from "./fork.ts";
import { bucketOf, put } from "./fork-change.ts";
import type { Step } from "./fork-event.ts";

/**
 * A device that is silent may not be there, though its connection looks open: its system froze it, or its network changed.
 * The request waits for it as if it slept, and it is pushed; whichever flow works first wins.
 */
export function hedge(
  fork: Fork,
  index: number,
  branch: InvitedBranch,
  now: number,
  timers: ForkTimers,
): Step<Fork> {
  const push = branch.push === "unsent";
  const until = push ? Math.min(branch.until, now + bucketOf(fork, timers)) : branch.until;
  const hedged = invited("calling", push ? { ...branch, push: "sent" } : branch, until);
  return [put(fork, index, hedged), [{ type: "wake", branch: index, push }]];
}
