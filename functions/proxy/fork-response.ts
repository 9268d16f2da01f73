import type { ConnectionId } from "../location/ids.ts";
import { done, type InvitedBranch, invited, wasInvited } from "./branch.ts";
import { flowAt, heardOver, isFlowOf, isStray, withoutFlow } from "./branch-flows.ts";
import type { Fork, ForkTimers } from "./fork.ts";
import { abandon } from "./fork-abandon.ts";
import { cancels } from "./fork-cancel.ts";
import { isQueued, put, ringing, silence, unavailable, withFailure } from "./fork-change.ts";
import type { DeviceResponse, ForkEffect, ForkEvent, Step as StepOf } from "./fork-event.ts";

type Step = StepOf<Fork>;

/** The flow that the request went out over has failed beyond its connection (RFC 5626 §5.3.1). */
const FLOW_FAILED = 430;
/** The device has this request already, by another flow (RFC 3261 §8.2.2.2). */
const MERGED = 482;

/** A device answers (RFC 3261 §16.7). Who is not the branch's device says nothing. */
export function onResponse(fork: Fork, event: DeviceResponse, now: number, timers: ForkTimers): Step {
  const branch = fork.branches[event.branch];
  if (branch === undefined || !wasInvited(branch) || !isFlowOf(branch, event.connection)) return [fork, []];
  // RFC 4320 §4.2: what comes after Timer F comes too late for its client, too.
  if (fork.method !== "INVITE" && branch.state === "calling" && branch.until <= now) return [fork, []];
  if (event.status < 200) return onProvisional(fork, branch, event, now, timers);
  if (event.status < 300) return onSuccess(fork, branch, event, now, timers);
  const [next, effects] = onFailure(fork, branch, event, now, timers);
  // A failure ends here; a success is acknowledged by the caller.
  const { branch: index, to } = event;
  const ack: ForkEffect = { type: "ack", branch: index, over: flowAt(branch, event.connection), to };
  return [next, fork.method === "INVITE" ? [ack, ...effects] : effects];
}

/** A device knows nothing of the request that it was to be cancelled: its app was started anew, and nothing rings (§9.2). */
export function onForgotten(
  fork: Fork,
  { branch: index, connection }: Extract<ForkEvent, { type: "forgotten" }>,
): Step {
  const branch = fork.branches[index];
  if (branch?.state !== "cancelling" || !isFlowOf(branch, connection)) return [fork, []];
  const isLast = branch.heard.every((each) => each === connection);
  const left = withoutFlow(branch, connection) ?? branch;
  return [put(fork, index, isLast ? done(branch, 481) : left), []];
}

function onProvisional(
  fork: Fork,
  branch: InvitedBranch,
  { branch: index, connection, status, upstream }: DeviceResponse,
  now: number,
  timers: ForkTimers,
): Step {
  // Provisional responses to anything but INVITE go no further (RFC 4320 §4.1).
  if (fork.method !== "INVITE") return [fork, []];
  const relays: ForkEffect[] =
    status > 100 && fork.final === undefined ? [{ type: "relay", octets: upstream }] : [];
  const timerC = now + ringing(fork.branches, timers);
  switch (branch.state) {
    case "calling": {
      const heard = { ...heardOver(branch, connection), rings: status > 100 };
      return [put(fork, index, invited("proceeding", heard, timerC)), relays];
    }
    case "proceeding": {
      if (status === 100) return [fork, []];
      // §16.7 step 2: Timer C starts anew, but not for devices that others wait behind. And not with every response: a phone
      // may send one every second, and each would be written.
      const until = isQueued(fork.branches) ? branch.until : timerC;
      const isNews = !branch.rings || !branch.heard.includes(connection);
      const isDue = isNews || until - branch.until > timers.timerC / 2;
      const rings = invited("proceeding", { ...heardOver(branch, connection), rings: true }, until);
      return [isDue ? put(fork, index, rings) : fork, relays];
    }
    case "doomed": {
      const cancelling = invited("cancelling", heardOver(branch, connection), now + timers.transaction);
      return [put(fork, index, cancelling), cancels(cancelling, index)];
    }
    case "cancelling":
    case "done":
      if (branch.heard.includes(connection)) return [fork, []];
      // Another copy of a request that is over begins to ring.
      return [fork, [{ type: "cancel", branch: index, over: flowAt(branch, connection) }]];
  }
}

function onSuccess(
  fork: Fork,
  branch: InvitedBranch,
  { branch: index, connection, status, upstream }: DeviceResponse,
  now: number,
  timers: ForkTimers,
): Step {
  const relay: ForkEffect = { type: "relay", octets: upstream };
  const isInvite = fork.method === "INVITE";
  // §16.7 step 5: every 2xx to an INVITE goes upstream, also one that lost the race and one that is repeated.
  if (branch.state === "done" && branch.status === status) return [fork, isInvite ? [relay] : []];
  const answered = put(fork, index, ended(branch, connection, status));
  const [next, others] = abandon(answered, now, timers);
  // Other copies may still ring; but a device that has moved while it rang has answered that very call.
  const isCopy = branch.heard.includes(connection) || isStray(branch, connection);
  const rings =
    branch.state === "proceeding" && isCopy ? branch.heard.filter((each) => each !== connection) : [];
  const endings: readonly ForkEffect[] = [
    ...rings.map((each): ForkEffect => ({ type: "cancel", branch: index, over: flowAt(branch, each) })),
    ...others,
  ];
  if (fork.final === undefined) return [{ ...next, final: status }, [relay, ...endings]];
  // A failure that is still owed is owed no more: none may follow a 2xx.
  return isInvite ? [{ ...next, owed: false }, [relay, ...endings]] : [next, endings];
}

function onFailure(
  fork: Fork,
  branch: InvitedBranch,
  event: DeviceResponse,
  now: number,
  timers: ForkTimers,
): Step {
  const { branch: index, connection, status } = event;
  const silent = branch.heard.length === 0 ? withoutFlow(branch, connection) : undefined;
  switch (branch.state) {
    case "done":
      return [fork, []];
    case "doomed": {
      // The other copy may still begin to ring.
      const left = status === FLOW_FAILED ? silent : withCallShown(silent);
      const over = left ?? ended(branch, connection, status);
      return declined(put(fork, index, over), event, now, timers);
    }
    case "cancelling":
      if (isStray(branch, connection)) return [fork, []];
      return declined(put(fork, index, ended(branch, connection, status)), event, now, timers);
    case "proceeding":
      if (isStray(branch, connection)) return [fork, []];
      if (branch.heard.length > 1 && branch.heard.includes(connection))
        return onCopyFailed(fork, branch, event, now, timers);
      break;
    case "calling":
      // A copy that was one too many decides nothing as long as there is another.
      if (silent !== undefined && status === MERGED) return [put(fork, index, silent), []];
      break;
  }
  if (status === FLOW_FAILED && !branch.rings) return onFlowFailed(fork, branch, event, now, timers);
  const shown = withCallShown(silent);
  const over =
    shown === undefined
      ? ended(branch, connection, status)
      : invited("doomed", shown, now + timers.transaction);
  return failed(put(fork, index, over), event, now, timers);
}

/** The device has said no over one of its flows: it has seen the call, and need not be shown it when it registers anew. */
function withCallShown(branch: InvitedBranch | undefined): InvitedBranch | undefined {
  return branch && { ...branch, mustRing: false };
}

/** One of several copies that ring has failed. What the device says is its own answer, unless that was one copy too many. */
function onCopyFailed(
  fork: Fork,
  branch: InvitedBranch,
  event: DeviceResponse,
  now: number,
  timers: ForkTimers,
): Step {
  const { branch: index, connection, status } = event;
  const left = withoutFlow(branch, connection) ?? branch;
  if (status === MERGED || status === FLOW_FAILED) return [put(fork, index, left), []];
  const over = put(fork, index, invited("cancelling", left, now + timers.transaction));
  const [next, effects] = failed(over, event, now, timers);
  return [next, [...cancels(left, index), ...effects]];
}

/** A branch that has ended by a final response over this connection. */
function ended(branch: InvitedBranch, connection: ConnectionId, status: number): InvitedBranch {
  return done({ ...heardOver(branch, connection), heard: [connection] }, status);
}

/** A failure to choose from; after a 6xx the other branches need not go on (§16.7 step 5). */
function failed(fork: Fork, event: DeviceResponse, now: number, timers: ForkTimers): Step {
  const { status, upstream, challenges } = event;
  // That a flow failed is for us to know.
  if (status === FLOW_FAILED) return [unavailable(fork), []];
  const next = withFailure(fork, { status, octets: upstream }, challenges);
  return status >= 600 ? abandon(next, now, timers) : [next, []];
}

/**
 * What a device says once it is not wanted any more is our own CANCEL's doing, and no answer for the caller; unless it
 * declines for all, which others that are still wanted must heed.
 */
function declined(fork: Fork, event: DeviceResponse, now: number, timers: ForkTimers): Step {
  return event.status >= 600 && fork.final === undefined && !fork.cancelled
    ? failed(fork, event, now, timers)
    : [fork, []];
}

/** RFC 5626 §7: the device may have another flow. Until that is known, its branch is as if nothing had been heard. */
function onFlowFailed(
  fork: Fork,
  branch: InvitedBranch,
  { branch: index, connection }: DeviceResponse,
  now: number,
  timers: ForkTimers,
): Step {
  const left = withoutFlow(branch, connection) ?? branch;
  const until = now + silence(fork.branches, timers);
  const unheard = invited("calling", { ...left, heard: [] }, until);
  return [put(fork, index, unheard), [{ type: "reroute", branch: index, over: flowAt(branch, connection) }]];
}
