import type { BindingKey, ConnectionId, ForkId } from "../location/ids.ts";
import type { Aor } from "../sip/aor.ts";
import type { Octets } from "../sip/octets.ts";
import type { Answer } from "./answer.ts";

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
  /** The status of the final response that was decided for the caller. */
  readonly final: number | undefined;
  /** A failure was decided and is not yet known to be sent. A 2xx needs no such debt: its sender repeats it. */
  readonly owed: boolean;
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

/** One device that the request goes to. `until` is when we stop waiting for its next word, in ms since 1970. */
export type Branch =
  /** Asleep: pushed, and the request waits for it to register (RFC 8599 §5.6.2). */
  | { readonly state: "waking"; readonly key: BindingKey; readonly until: number; readonly mustRing: boolean }
  /** Asleep and no longer wanted, but its platform wants a call to follow the push: it gets one, and its CANCEL. */
  | { readonly state: "late"; readonly key: BindingKey; readonly until: number }
  /** Invited; nothing heard yet. */
  | ({ readonly state: "calling" } & Invited)
  /** Invited and no longer wanted; to be cancelled once it is heard from (RFC 3261 §9.1). */
  | ({ readonly state: "doomed" } & Invited)
  /** A provisional response was heard. */
  | ({ readonly state: "proceeding" } & Invited)
  /** A CANCEL was sent; the final response is awaited. */
  | ({ readonly state: "cancelling" } & Invited)
  | ({ readonly state: "done"; readonly status: number } & Invited)
  /** Over before anything was sent to it. */
  | { readonly state: "unreachable"; readonly key: BindingKey };

/** What a branch keeps once its request has gone out. */
export interface Invited {
  readonly key: BindingKey;
  readonly connection: ConnectionId;
  /** The Request-URI of this branch: the device's contact. */
  readonly uri: Octets;
  readonly until: number;
}

/** A branch whose request has gone out. */
export type InvitedBranch = Extract<Branch, Invited>;

/** How long a fork waits, in ms. */
export interface ForkTimers {
  /** For a pushed device to register: the bucket time of RFC 8599 §5.2. */
  readonly bucket: number;
  /** For a final response to an INVITE, more than three minutes: Timer C (RFC 3261 §16.6 step 11). */
  readonly timerC: number;
  /** 64·T1: for the final response to a cancelled INVITE (§9.1), and to any other request (Timer F). */
  readonly transaction: number;
}

export const DEFAULT_FORK_TIMERS: ForkTimers = { bucket: 25_000, timerC: 185_000, transaction: 32_000 };

/** Whether the caller's answer still depends on this branch. */
export function isOpen({ state }: Branch): boolean {
  switch (state) {
    case "waking":
    case "calling":
    case "proceeding":
    case "cancelling":
      return true;
    case "late":
    case "doomed":
    case "done":
    case "unreachable":
      return false;
  }
}

/** Whether the request may still have to be sent to this branch's device. */
export function needsRequest({ state }: Branch, isAnswered: boolean): boolean {
  switch (state) {
    case "waking":
    case "late":
    case "calling":
    // A late device is doomed by the very step that sends it the request.
    case "doomed":
      return true;
    case "unreachable":
      return !isAnswered;
    case "proceeding":
    case "cancelling":
    case "done":
      return false;
  }
}

/** When the fork must be looked at again; undefined if nothing is awaited. */
export function deadlineOf(fork: Fork): number | undefined {
  let deadline: number | undefined;
  for (const branch of fork.branches) {
    if (!isOpen(branch) || branch.state === "unreachable") continue;
    deadline = Math.min(deadline ?? branch.until, branch.until);
  }
  return deadline;
}

/** When the record may be forgotten: late responses and repeated requests find it for one more transaction time. */
export function endOfFork(fork: Fork, now: number, timers: ForkTimers): number {
  let end = now;
  for (const branch of fork.branches) {
    if (branch.state !== "unreachable" && branch.state !== "done") end = Math.max(end, branch.until);
  }
  return end + timers.transaction;
}
