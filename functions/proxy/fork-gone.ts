import { type Branch, done, unreachable, wasInvited } from "./branch.ts";
import { flowAt, withoutFlow } from "./branch-flows.ts";
import type { Fork, ForkTimers } from "./fork.ts";
import { unawaited } from "./fork-abandon.ts";
import { bucketOf, indexOf, put, unavailable } from "./fork-change.ts";
import type { ForkEffect, ForkEvent, Step } from "./fork-event.ts";
import { hedge } from "./fork-hedge.ts";

/** What was sent to a device found its connection gone. */
export function onGone(
  fork: Fork,
  event: Extract<ForkEvent, { type: "asleep" | "lost" }>,
  now: number,
  timers: ForkTimers,
): Step<Fork> {
  const index = indexOf(fork, event.key);
  const branch = fork.branches[index];
  if (branch === undefined || !wasInvited(branch) || branch.state === "done") return [fork, []];
  const left = withoutFlow(branch, event.connection);
  if (left === branch) return [fork, []];
  // It rings, and may come back to say more.
  if (branch.state === "proceeding") return [fork, []];
  const canWake = event.type === "asleep" && branch.push !== "never";
  if (left !== undefined) {
    const isLast = branch.connection === event.connection;
    // The flow that was tried last is gone: what went before met with silence.
    if (isLast && branch.state === "calling" && canWake && branch.push === "unsent")
      return hedge(fork, index, left, now, timers);
    const cancel: ForkEffect = { type: "cancel", branch: index, over: flowAt(left, left.connection) };
    return [put(fork, index, left), isLast && branch.state === "cancelling" ? [cancel] : []];
  }
  if (branch.state === "calling") {
    if (!canWake) return [unavailable(put(fork, index, unawaited(fork, branch, branch.until, timers))), []];
    const { key, push } = branch;
    const isToPush = push === "unsent";
    const waking: Branch = {
      state: "waking",
      key,
      push: isToPush ? "sent" : push,
      mustRing: event.mustRing,
      until: now + bucketOf(fork, timers),
    };
    return [put(fork, index, waking), [{ type: "wake", branch: index, push: isToPush }]];
  }
  // What was not wanted any more is over; it must not be called again when it comes back, unless it must be shown a call.
  const over = branch.state === "doomed" ? unawaited(fork, branch, now, timers) : done(branch, 487);
  return [put(fork, index, over.state === "late" ? over : done(branch, 487)), []];
}

/** A device cannot be woken: no token, no room to wait, or the push service refused. */
export function onUnwakeable(fork: Fork, key: Branch["key"]): Step<Fork> {
  const index = indexOf(fork, key);
  const branch = fork.branches[index];
  switch (branch?.state) {
    case "waking":
    case "late":
      return [unavailable(put(fork, index, unreachable(branch))), []];
    case "calling":
    case "doomed":
      // It may still answer where it was sent the request; it owes nothing to a push that there was not.
      return branch.push === "never" ? [fork, []] : [put(fork, index, { ...branch, push: "never" }), []];
    default:
      return [fork, []];
  }
}
