import {
  type Branch,
  calling,
  type Device,
  done,
  type Flow,
  type InvitedBranch,
  invited,
  unreachable,
  type Waking,
  wasInvited,
  wasPushed,
} from "./branch.ts";
import { isFlowOf, withEar, withFlow, withoutFlow } from "./branch-flows.ts";
import type { Fork, ForkTimers } from "./fork.ts";
import { unawaited } from "./fork-abandon.ts";
import { bucketOf, hedgeAt, indexOf, isDeclined, put, silence, unavailable } from "./fork-change.ts";
import type { ForkEffect, ForkEvent, Step as StepOf } from "./fork-event.ts";
import { hedge } from "./fork-hedge.ts";
import { FLOW_FAILED } from "./fork-response.ts";

// What becomes of a branch when its device comes or goes.

type Step = StepOf<Fork>;
type Registered = Extract<ForkEvent, { type: "registered" | "rerouted" }>;

/** A device is online by this flow. It is to ring once, over whichever flow (RFC 5626 §7). */
export function onRegistered(fork: Fork, event: Registered, now: number, timers: ForkTimers): Step {
  const index = indexOf(fork, event.of);
  const branch = fork.branches[index];
  if (branch === undefined) return [fork, []];
  const { key, connection, uri, path } = event;
  const flow: Flow = { key, connection, uri, path };
  const until = now + silence(fork.branches, timers);
  const invite: ForkEffect = { type: "invite", branch: index };
  switch (branch.state) {
    case "waking": {
      const patience = isInvite(fork) ? until : Math.min(until, endOfTimerF(branch, timers));
      return [put(fork, index, called(fork, branch, event, flow, now, patience, timers)), [invite]];
    }
    case "late":
    case "unreachable": {
      // §16.7 step 5: no new branch once there is an answer, or a 6xx that will be it.
      const isOver = fork.cancelled || fork.final !== undefined || isDeclined(fork);
      if (isOver && branch.state === "unreachable") return [fork, []];
      const again = called(fork, branch, event, flow, now, until, timers);
      const shown = isOver ? invited("doomed", again, now + timers.transaction) : again;
      return [put(fork, index, shown), [invite]];
    }
    case "queued":
    case "done":
      return [fork, []];
    case "calling":
    case "doomed":
    case "proceeding":
    case "cancelling":
      // Of two flows through one edge beyond us, one can fail and the other not.
      if (event.type === "rerouted" && branch.state === "calling" && branch.key !== key)
        return onOtherFlow(fork, index, branch, event, flow, until);
      return onMoved(fork, index, branch, event, flow, now, timers);
  }
}

/** The request goes out to a device that has come. */
function called(
  fork: Fork,
  device: Device,
  event: Registered,
  flow: Flow,
  now: number,
  until: number,
  timers: ForkTimers,
): InvitedBranch {
  const heeding = heeded(device, event);
  return calling(heeding, flow, until, heeding.push === "unsent" ? hedgeAt(fork, now, timers) : undefined);
}

/** A device that has registered: should it have been pushed, it has heeded that. */
function heeded<D extends Device>(device: D, { isUnpushed }: Registered): D {
  return device.push === "sent" ? { ...device, push: isUnpushed === true ? "unsent" : "heeded" } : device;
}

function isInvite({ method }: Fork): boolean {
  return method === "INVITE";
}

/** When the client of a request that waited for its device gives it up (RFC 4320 §4.2). */
function endOfTimerF({ until }: Waking, { otherBucket, transaction }: ForkTimers): number {
  return until - otherBucket + transaction;
}

/** The device of an invited branch has registered again, or by another connection. */
function onMoved(
  fork: Fork,
  index: number,
  branch: InvitedBranch,
  event: Registered,
  flow: Flow,
  now: number,
  timers: ForkTimers,
): Step {
  const here = heeded(branch, event);
  const stays: Step = here === branch ? [fork, []] : [put(fork, index, here), []];
  const isSilent = branch.state === "calling" || branch.state === "doomed";
  // It has the request there already.
  if (isSilent ? isFlowOf(branch, flow.connection) : branch.connection === flow.connection) return stays;
  const isSought =
    isInvite(fork) && branch.push === "never" && branch.hedgeAt === undefined && timers.hedge > 0;
  // A second flow beside the first is no reason to call again, unless the device was looked for because it is silent.
  if (branch.key !== flow.key && branch.push !== "sent" && !isSought) return stays;
  const moved = withFlow(here, flow);
  switch (branch.state) {
    case "calling": {
      // Nothing was heard over its old connection: what was sent there may have gone nowhere, and is there no more if
      // a send said so.
      const there = event.type === "rerouted" ? { ...moved, others: branch.others } : moved;
      const again = invited("calling", there, now + silence(fork.branches, timers));
      const isNew = here.push === "unsent" || (here.push === "never" && branch.hedgeAt !== undefined);
      const hedged = { ...again, hedgeAt: isNew ? hedgeAt(fork, now, timers) : undefined };
      return [put(fork, index, hedged), [{ type: "invite", branch: index }]];
    }
    case "doomed":
      // If it was pushed and must be shown a call, it is called; the CANCEL follows its first word.
      return branch.mustRing && wasPushed(branch)
        ? [put(fork, index, moved), [{ type: "invite", branch: index }]]
        : [put(fork, index, withEar(here, flow)), []];
    case "cancelling":
      return [put(fork, index, moved), [{ type: "cancel", branch: index, over: flow }]];
    case "proceeding":
    case "done":
      return [put(fork, index, moved), []];
  }
}

/**
 * The device has another flow: what goes there is another branch (RFC 3261 §16.6 step 8), and the former is over; unless a
 * copy is still out over a third one: to a device that has that, another branch would be a merged request (§8.2.2.2).
 */
function onOtherFlow(
  fork: Fork,
  index: number,
  former: InvitedBranch,
  event: Registered,
  flow: Flow,
  until: number,
): Step {
  const here = heeded(former, event);
  if (former.others.length > 0) {
    const again = invited("calling", { ...withFlow(here, flow), others: former.others }, until);
    return [put(fork, index, again), [{ type: "invite", branch: index }]];
  }
  const over = put(fork, index, done(former, FLOW_FAILED));
  const branches = [...over.branches, calling(here, flow, until, undefined)];
  return [{ ...over, branches }, [{ type: "invite", branch: fork.branches.length }]];
}

/** What was sent to a device found its connection gone. */
export function onGone(
  fork: Fork,
  event: Extract<ForkEvent, { type: "asleep" | "lost" }>,
  now: number,
  timers: ForkTimers,
): Step {
  const index = indexOf(fork, event.key);
  const branch = fork.branches[index];
  if (branch === undefined || !wasInvited(branch) || branch.state === "done") return [fork, []];
  const left = withoutFlow(branch, event.connection);
  if (left === branch) return [fork, []];
  // It rings, and may come back to say more.
  if (branch.state === "proceeding") return [fork, []];
  const canWake = event.type === "asleep" && branch.push !== "never";
  if (left !== undefined) {
    // The flow that was tried last is gone: what went before met with silence.
    const isLast = branch.state === "calling" && branch.connection === event.connection;
    const isNew = isLast && canWake && branch.push === "unsent";
    return isNew ? hedge(fork, index, left, now, timers) : [put(fork, index, left), []];
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
export function onUnwakeable(fork: Fork, key: Branch["key"]): Step {
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
