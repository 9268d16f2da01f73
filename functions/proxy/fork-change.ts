import { deviceOf } from "../location/device.ts";
import { type Answer, better } from "./answer.ts";
import type { Branch } from "./branch.ts";
import type { Fork } from "./fork.ts";

// The small changes that a fork's steps are made of.

/** With a branch of which nothing was heard in time (§16.8). */
export function timedOut(fork: Fork): Fork {
  return withFailure(fork, { status: 408, octets: undefined });
}

/** With a branch whose device cannot be reached. */
export function unreachable(fork: Fork, index: number, key: Branch["key"]): Fork {
  return withFailure(put(fork, index, { state: "unreachable", key }), { status: 480, octets: undefined });
}

/** With one more failure to choose from. What was decided for the caller stays: it may have to be sent again. */
export function withFailure(fork: Fork, failure: Answer): Fork {
  return fork.final === undefined ? { ...fork, best: better(fork.best, failure) } : fork;
}

/** Whether somebody declined for all (§16.7 step 5: 6xx). */
export function isDeclined({ best }: Fork): boolean {
  return best !== undefined && best.status >= 600;
}

/** With another state of a branch. */
export function put(fork: Fork, index: number, branch: Branch): Fork {
  return { ...fork, branches: fork.branches.with(index, branch) };
}

/** The branch of the key's device: the last one, if flows of it have failed. */
export function indexOf(fork: Fork, key: Branch["key"]): number {
  return fork.branches.findLastIndex((branch) => deviceOf(branch.key) === deviceOf(key));
}
