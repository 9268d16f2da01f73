import { type Branch, done, type Invited, type InvitedBranch, invited, late, wasInvited } from "./branch.ts";
import type { Fork, ForkTimers } from "./fork.ts";
import { indexOf, isDeclined, put, timedOut, unreachable, withFailure } from "./fork-change.ts";
import { answerOf, conclude, lightened, rearmed } from "./fork-conclusion.ts";
import type { DeviceResponse, ForkEffect, ForkEvent, Step as StepOf } from "./fork-event.ts";

type Step = StepOf<Fork>;

const FLOW_FAILED = 430;

/**
 * What an event does to a fork (RFC 3261 §16.7 to §16.10): the event's own effect here, what follows from that in
 * `fork-conclusion.ts`. It knows no clock but `now`, sends nothing, and says the same again when it is run again.
 *
 * A fork is answered once: by the first 2xx, or, when no branch is open any more, by the best failure. Branches that
 * are no longer wanted are cancelled, but never before they have been heard from (§9.1): until then they are *doomed*,
 * and their first word is met with a CANCEL.
 */
export function step(fork: Fork, event: ForkEvent, now: number, timers: ForkTimers): Step {
  const [reacted, effects] = react(fork, event, now, timers);
  const [concluded, conclusion] = conclude(reacted);
  const next = lightened(concluded);
  const alarm = rearmed(fork, next, event.type === "alarm");
  return [next, [...effects, ...conclusion, ...alarm]];
}

function react(fork: Fork, event: ForkEvent, now: number, timers: ForkTimers): Step {
  switch (event.type) {
    case "response":
      return onResponse(fork, event, now, timers);
    case "registered":
    case "rerouted":
      return onRegistered(fork, event, now, timers);
    case "asleep":
    case "lost":
      return onGone(fork, event, now, timers);
    case "unwakeable":
      return onUnwakeable(fork, event.key);
    case "answered":
      return fork.owed ? [{ ...fork, owed: false }, []] : [fork, []];
    case "cancelled":
      return fork.cancelled || fork.final !== undefined
        ? [fork, []]
        : abandon({ ...fork, cancelled: true }, now, timers);
    case "alarm":
      return onAlarm(fork, now, timers);
  }
}

function onResponse(fork: Fork, event: DeviceResponse, now: number, timers: ForkTimers): Step {
  const branch = fork.branches[event.branch];
  if (branch === undefined || !wasInvited(branch) || branch.connection !== event.connection)
    return [fork, []];
  if (event.status < 200) return onProvisional(fork, branch, event, now, timers);
  if (event.status < 300) return onSuccess(fork, branch, event, now, timers);
  if (event.status === FLOW_FAILED && (branch.state === "calling" || branch.state === "proceeding")) {
    return onFlowFailed(fork, branch, event, now, timers);
  }
  const acks: ForkEffect[] =
    fork.method === "INVITE" ? [{ type: "ack", branch: event.branch, to: event.to }] : [];
  if (branch.state === "done") return [fork, acks];
  const over = put(fork, event.branch, done(branch, event.status));
  // What a branch says once it is not wanted any more is our own CANCEL's doing, and no answer for the caller.
  if (branch.state === "doomed" || branch.state === "cancelling") return [over, acks];
  const failed = withFailure(over, { status: event.status, octets: event.upstream });
  // §16.7 step 5: after a 6xx the other branches need not go on.
  const [next, cancels] = event.status >= 600 ? abandon(failed, now, timers) : [failed, []];
  return [next, [...acks, ...cancels]];
}

/** RFC 5626 §7: the device may have another flow. Until that is known, its branch is as if nothing had been heard. */
function onFlowFailed(
  fork: Fork,
  branch: InvitedBranch,
  { branch: index, to }: DeviceResponse,
  now: number,
  timers: ForkTimers,
): Step {
  const acks: ForkEffect[] = fork.method === "INVITE" ? [{ type: "ack", branch: index, to }] : [];
  const silent = put(fork, index, invited("calling", branch, now + timers.transaction));
  return [silent, [...acks, { type: "reroute", branch: index }]];
}

function onProvisional(
  fork: Fork,
  branch: InvitedBranch,
  { branch: index, status, upstream }: DeviceResponse,
  now: number,
  timers: ForkTimers,
): Step {
  // Provisional responses to anything but INVITE go no further (RFC 4320 §4.1).
  if (fork.method !== "INVITE") return [fork, []];
  const relays: ForkEffect[] =
    status > 100 && fork.final === undefined ? [{ type: "relay", octets: upstream }] : [];
  switch (branch.state) {
    case "calling":
      return [put(fork, index, invited("proceeding", branch, now + timers.timerC)), relays];
    case "proceeding": {
      // §16.7 step 2: Timer C starts anew. Not recorded each time: a phone may send one every second.
      const isDue = status > 100 && branch.until - now < timers.timerC / 2;
      return [isDue ? put(fork, index, invited("proceeding", branch, now + timers.timerC)) : fork, relays];
    }
    case "doomed":
      return [
        put(fork, index, invited("cancelling", branch, now + timers.transaction)),
        [{ type: "cancel", branch: index }],
      ];
    case "cancelling":
    case "done":
      return [fork, []];
  }
}

function onSuccess(
  fork: Fork,
  branch: InvitedBranch,
  { branch: index, status, upstream }: DeviceResponse,
  now: number,
  timers: ForkTimers,
): Step {
  const relay: ForkEffect = { type: "relay", octets: upstream };
  const isInvite = fork.method === "INVITE";
  // §16.7 step 5: every 2xx to an INVITE goes upstream, also one that lost the race and one that is repeated.
  if (branch.state === "done" && branch.status === status) return [fork, isInvite ? [relay] : []];
  const [next, cancels] = abandon(put(fork, index, done(branch, status)), now, timers);
  if (fork.final === undefined) return [{ ...next, final: status }, [relay, ...cancels]];
  // A failure that is still owed is owed no more: none may follow a 2xx.
  return isInvite ? [{ ...next, owed: false }, [relay, ...cancels]] : [next, cancels];
}

function onRegistered(
  fork: Fork,
  { type, of, key, connection, uri, path }: Extract<ForkEvent, { type: "registered" | "rerouted" }>,
  now: number,
  timers: ForkTimers,
): Step {
  const index = indexOf(fork, of);
  const branch = fork.branches[index];
  if (branch === undefined) return [fork, []];
  const invite: ForkEffect = { type: "invite", branch: index };
  const patience = fork.method === "INVITE" ? timers.timerC : timers.transaction;
  const there = { key, connection, uri, path, until: now + patience };
  // A device that has been invited over one flow registers another: it is to ring once (RFC 5626 §7).
  if (type === "registered" && wasInvited(branch) && branch.key !== key) return [fork, []];
  switch (branch.state) {
    case "waking":
      return [put(fork, index, invited("calling", there, there.until)), [invite]];
    case "late":
      return [put(fork, index, invited("doomed", there, now + timers.transaction)), [invite]];
    case "unreachable":
      // §16.7 step 5: no new branch once there is an answer, or a 6xx that will be it.
      if (fork.cancelled || fork.final !== undefined || isDeclined(fork)) return [fork, []];
      return [put(fork, index, invited("calling", there, there.until)), [invite]];
    case "calling":
      // Nothing was heard over its old connection: what was sent there may have gone nowhere.
      if (branch.key !== key) return onOtherFlow(fork, index, branch, there);
      if (branch.connection === connection) return [fork, []];
      return [put(fork, index, invited("calling", there, branch.until)), [invite]];
    case "proceeding":
    case "doomed":
      if (branch.connection === connection) return [fork, []];
      return [put(fork, index, { ...branch, connection }), []];
    case "cancelling":
      if (branch.connection === connection) return [fork, []];
      return [put(fork, index, { ...branch, connection }), [{ type: "cancel", branch: index }]];
    case "done":
      return [fork, []];
  }
}

/** The device has another flow: what goes there is another branch (RFC 3261 §16.6 step 8), and the former is over. */
function onOtherFlow(fork: Fork, index: number, former: InvitedBranch, there: Invited): Step {
  const over = put(fork, index, done(former, FLOW_FAILED));
  const branches = [...over.branches, invited("calling", there, there.until)];
  return [{ ...over, branches }, [{ type: "invite", branch: fork.branches.length }]];
}

function onGone(
  fork: Fork,
  event: Extract<ForkEvent, { type: "asleep" | "lost" }>,
  now: number,
  timers: ForkTimers,
): Step {
  const { key } = event;
  const index = indexOf(fork, key);
  const branch = fork.branches[index];
  if (branch === undefined || !wasInvited(branch) || branch.connection !== event.connection)
    return [fork, []];
  if (branch.state === "done" || branch.state === "proceeding") return [fork, []];
  if (branch.state === "calling" && event.type === "asleep" && fork.method === "INVITE") {
    const waking: Branch = { state: "waking", key, until: now + timers.bucket, mustRing: event.mustRing };
    return [put(fork, index, waking), [{ type: "wake", branch: index }]];
  }
  // What was not wanted any more is over; it must not be called again when it comes back.
  if (branch.state !== "calling") return [put(fork, index, done(branch, 487)), []];
  return [unreachable(fork, index, key), []];
}

function onUnwakeable(fork: Fork, key: Branch["key"]): Step {
  const index = indexOf(fork, key);
  const state = fork.branches[index]?.state;
  return state === "waking" || state === "late" ? [unreachable(fork, index, key), []] : [fork, []];
}

/** Alarms are hints: the branches and the clock say what is over. */
function onAlarm(fork: Fork, now: number, timers: ForkTimers): Step {
  let next = fork;
  const effects: ForkEffect[] = [];
  fork.branches.forEach((branch, index) => {
    if (branch.state === "unreachable" || branch.state === "done" || branch.until > now) return;
    switch (branch.state) {
      case "waking":
      case "late":
        next = unreachable(next, index, branch.key);
        break;
      case "calling":
        // §16.8: Timer C without a provisional response is as good as a 408.
        next = timedOut(put(next, index, invited("doomed", branch, now + timers.transaction)));
        break;
      case "proceeding":
        next = timedOut(put(next, index, invited("cancelling", branch, now + timers.transaction)));
        effects.push({ type: "cancel", branch: index });
        break;
      case "cancelling":
        next = put(next, index, done(branch, 487));
        break;
      case "doomed":
        break;
    }
  });
  // §16.7: a failure that was decided and may not have been sent is sent again.
  if (fork.owed) effects.push({ type: "answer", answer: answerOf(fork) });
  return [next, effects];
}

/** Ends every branch that is still open: what rings is cancelled, what is silent is doomed, what sleeps is left. */
function abandon(fork: Fork, now: number, timers: ForkTimers): Step {
  let next = fork;
  const effects: ForkEffect[] = [];
  fork.branches.forEach((branch, index) => {
    switch (branch.state) {
      case "waking":
        next = put(next, index, branch.mustRing ? late(branch) : { state: "unreachable", key: branch.key });
        break;
      case "calling":
        next = put(next, index, invited("doomed", branch, now + timers.transaction));
        break;
      case "proceeding":
        next = put(next, index, invited("cancelling", branch, now + timers.transaction));
        effects.push({ type: "cancel", branch: index });
        break;
      case "late":
      case "doomed":
      case "cancelling":
      case "done":
      case "unreachable":
        break;
    }
  });
  return [next, effects];
}
