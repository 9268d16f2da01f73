import { deviceOf } from "../location/device.ts";
import type { Octets } from "../sip/octets.ts";
import { type Answer, better } from "./answer.ts";
import type { Branch } from "./branch.ts";
import { withChallenges } from "./challenge.ts";
import type { Fork, ForkTimers } from "./fork.ts";

// The small changes that a fork's steps are made of.

/** With a branch of which nothing was heard in time (§16.8). */
export function timedOut(fork: Fork): Fork {
  return withFailure(fork, { status: 408, octets: undefined });
}

/** With a device that is not there. */
export function unavailable(fork: Fork): Fork {
  return withFailure(fork, { status: 480, octets: undefined });
}

/**
 * With one more failure to choose from, and the challenges that came with it. What was decided for the caller stays: it may
 * have to be sent again.
 */
export function withFailure(fork: Fork, failure: Answer, challenges: readonly Octets[] = []): Fork {
  if (fork.final !== undefined) return fork;
  // RFC 4320 §4.2: not even a device's own; anything that another says is better.
  if (fork.method !== "INVITE" && failure.status === 408) return fork;
  return {
    ...fork,
    best: better(fork.best, failure),
    challenges: withChallenges(fork.challenges, challenges),
  };
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

/** How long a device that has just been sent the request may be silent: Timer B or F, or less if others wait their turn. */
export function silence(branches: readonly Branch[], { turn, transaction }: ForkTimers): number {
  return isQueued(branches) ? Math.min(turn, transaction) : transaction;
}

/** How long a device may ring: Timer C, or less if others wait their turn. */
export function ringing(branches: readonly Branch[], { turn, timerC }: ForkTimers): number {
  return isQueued(branches) ? Math.min(turn, timerC) : timerC;
}

/** Whether some devices have not had their turn. */
export function isQueued(branches: readonly Branch[]): boolean {
  return branches.some(({ state }) => state === "queued");
}

/** How long a pushed device may take to register (RFC 8599 §5.6.2). */
export function bucketOf({ method }: Fork, timers: ForkTimers): number {
  return method === "INVITE" ? timers.bucket : timers.otherBucket;
}

/** When another way to a device is to be looked for that is sent the request now; undefined for never. */
export function hedgeAt({ method }: Fork, now: number, { hedge }: ForkTimers): number | undefined {
  return method === "INVITE" && hedge > 0 ? now + hedge : undefined;
}
