import { type Branch, calling, done, type Flow, type InvitedBranch, invited, wasInvited } from "./branch.ts";
import { withFlow, withoutFlow } from "./branch-flows.ts";
import type { Fork, ForkTimers } from "./fork.ts";
import { unawaited } from "./fork-abandon.ts";
import { bucketOf, hedgeAt, indexOf, isDeclined, put, silence, unreachable } from "./fork-change.ts";
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
    case "waking":
      return [put(fork, index, calling({ ...branch, push: "heeded" }, flow, until, undefined)), [invite]];
    case "late": {
      const woken = calling({ ...branch, push: "heeded" }, flow, until, undefined);
      return [put(fork, index, invited("doomed", woken, now + timers.transaction)), [invite]];
    }
    case "unreachable": {
      // §16.7 step 5: no new branch once there is an answer, or a 6xx that will be it.
      if (fork.cancelled || fork.final !== undefined || isDeclined(fork)) return [fork, []];
      const back = { key, push: "heeded", mustRing: false } as const;
      return [put(fork, index, calling(back, flow, until, undefined)), [invite]];
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
        return onOtherFlow(fork, index, branch, flow, until);
      if (branch.connection === connection) return [fork, []];
      return onMoved(fork, index, branch, event, flow, now, timers);
  }
}

/** The device of an invited branch has come by another connection. */
function onMoved(
  fork: Fork,
  index: number,
  branch: InvitedBranch,
  { type }: Registered,
  flow: Flow,
  now: number,
  timers: ForkTimers,
): Step {
  const hasCome = branch.push === "sent";
  // A second flow beside the first is no reason to call again, unless it is the answer to our push.
  if (branch.key !== flow.key && !hasCome) return [fork, []];
  const moved = withFlow(hasCome ? { ...branch, push: "heeded" as const } : branch, flow);
  switch (branch.state) {
    case "calling": {
      // Nothing was heard over its old connection: what was sent there may have gone nowhere, and is there no more if
      // a send said so.
      const there = type === "rerouted" ? { ...moved, others: branch.others } : moved;
      const again = invited("calling", there, now + silence(fork.branches, timers));
      const hedged = { ...again, hedgeAt: hasCome ? undefined : hedgeAt(fork, now, timers) };
      return [put(fork, index, hedged), [{ type: "invite", branch: index }]];
    }
    case "doomed":
      // It was pushed and must be shown a call; the CANCEL follows its first word.
      return [put(fork, index, moved), hasCome && branch.mustRing ? [{ type: "invite", branch: index }] : []];
    case "cancelling":
      return [put(fork, index, moved), [{ type: "cancel", branch: index, over: flow }]];
    case "proceeding":
    case "done":
      return [put(fork, index, moved), []];
  }
}

/** The device has another flow: what goes there is another branch (RFC 3261 §16.6 step 8), and the former is over. */
function onOtherFlow(fork: Fork, index: number, former: InvitedBranch, flow: Flow, until: number): Step {
  const over = put(fork, index, done(former, FLOW_FAILED));
  const branches = [...over.branches, calling(former, flow, until, undefined)];
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
    const isNew = branch.state === "calling" && canWake && branch.push === "unsent";
    return isNew ? hedge(fork, index, left, now, timers) : [put(fork, index, left), []];
  }
  if (branch.state === "calling") {
    if (!canWake) return [unreachable(fork, index, branch.key), []];
    const { key, push } = branch;
    const waking: Branch = {
      state: "waking",
      key,
      push: push === "unsent" ? "sent" : push,
      mustRing: event.mustRing,
      until: now + bucketOf(fork, timers),
    };
    return [put(fork, index, waking), [{ type: "wake", branch: index, push: push === "unsent" }]];
  }
  // What was not wanted any more is over; it must not be called again when it comes back, unless it must be shown a call.
  const over = branch.state === "doomed" ? unawaited(branch, now, timers) : done(branch, 487);
  return [put(fork, index, over.state === "late" ? over : done(branch, 487)), []];
}

/** A device cannot be woken: no token, no room to wait, or the push service refused. */
export function onUnwakeable(fork: Fork, key: Branch["key"]): Step {
  const index = indexOf(fork, key);
  const branch = fork.branches[index];
  switch (branch?.state) {
    case "waking":
    case "late":
      return [unreachable(fork, index, key), []];
    case "calling":
    case "doomed":
      // It may still answer where it was sent the request; it owes nothing to a push that there was not.
      return branch.push === "never" ? [fork, []] : [put(fork, index, { ...branch, push: "never" }), []];
    default:
      return [fork, []];
  }
}
