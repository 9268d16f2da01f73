import type { BindingKey, ConnectionId, ForkId } from "../location/ids.ts";
import type { Aor } from "../sip/aor.ts";
import type { Octets } from "../sip/octets.ts";
import type { Answer } from "./answer.ts";
import { type Branch, deadlineOfBranch } from "./branch.ts";
import type { Happening } from "./happening.ts";

/**
 * The response context of a request that went to an AoR (RFC 3261 §16.7): one record, changed by `step` in
 * `fork-step.ts` and by nothing else. It outlives every function and every connection that has to do with the call.
 */
export interface Fork {
  readonly id: ForkId;
  readonly method: Octets;
  /** The request as it came, our Routes popped: start line and headers, without Content-Length. */
  readonly head: Octets;
  /** Its body; "" once every device has it. */
  readonly body: Octets;
  /** Where responses go. */
  readonly caller: Party;
  readonly callee: Aor;
  /** In the order in which they came up; a branch's index is its name in our Via. */
  readonly branches: readonly Branch[];
  /** The caller gave up. */
  readonly cancelled: boolean;
  /** The best failure so far. */
  readonly best: Answer | undefined;
  /** The header lines of every challenge so far: all of them go with a 401 or 407 (RFC 3261 §16.7 step 7). */
  readonly challenges: readonly Octets[];
  /** The status of the final response that was decided for the caller. */
  readonly final: number | undefined;
  /** A failure was decided and is not yet known to be sent. A 2xx needs no such debt: its sender repeats it. */
  readonly owed: boolean;
  /** What happened to it so far, for people; at most `MAX_HISTORY`. */
  readonly history: readonly Happening[];
}

/**
 * One side of a call. A side that registered is known by its binding, and is reached wherever that is *now*; one that
 * never did is known by its connection only.
 */
export interface Party {
  readonly aor: Aor | undefined;
  readonly key: BindingKey | undefined;
  /** Where it was last seen. */
  readonly connection: ConnectionId | undefined;
}

/** How long a fork waits, in ms. */
export interface ForkTimers {
  /** For a pushed device to register before an INVITE is given up: the bucket time of RFC 8599 §5.2. */
  readonly bucket: number;
  /** The same for any other request, whose client waits no longer than Timer F (RFC 8599 §5.6.2). */
  readonly otherBucket: number;
  /** For the first word of an invited device, before another way to it is looked for; 0 for never to look. */
  readonly hedge: number;
  /** For those whose turn it is, while others are queued behind them. */
  readonly turn: number;
  /** For a final response to an INVITE, more than three minutes: Timer C (RFC 3261 §16.6 step 11). */
  readonly timerC: number;
  /**
   * 64·T1: for the first response to an INVITE (Timer B, §17.1.1.2), for the final one to a cancelled INVITE (§9.1) and to
   * any other request (Timer F); and how much longer a device that must ring is awaited once nobody wants it any more.
   */
  readonly transaction: number;
}

export const DEFAULT_FORK_TIMERS: ForkTimers = {
  bucket: 25_000,
  otherBucket: 20_000,
  hedge: 2_000,
  turn: 20_000,
  timerC: 185_000,
  transaction: 32_000,
};

/** When the fork must be looked at again; undefined if nothing is awaited. */
export function deadlineOf(fork: Fork): number | undefined {
  let deadline: number | undefined;
  for (const branch of fork.branches) {
    const own = deadlineOfBranch(branch);
    if (own !== undefined) deadline = Math.min(deadline ?? own, own);
  }
  return deadline;
}

/** When the record may be forgotten: late responses and repeated requests find it for one more transaction time. */
export function endOfFork(fork: Fork, now: number, timers: ForkTimers): number {
  let end = now;
  for (const branch of fork.branches) {
    if ("until" in branch && branch.state !== "done") end = Math.max(end, branch.until);
  }
  return end + timers.transaction;
}
