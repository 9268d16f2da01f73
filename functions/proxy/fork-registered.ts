import { calling, type Device, type Flow, type InvitedBranch, invited, type Waking } from "./branch.ts";
import type { Fork, ForkTimers } from "./fork.ts";
import { hedgeAt, indexOf, isDeclined, put, silence } from "./fork-change.ts";
import type { ForkEffect, Registered, Step } from "./fork-event.ts";
import { heeded, onMoved, onOtherFlow } from "./fork-moved.ts";

/** A device is online by this flow. It is to ring once, over whichever flow (RFC 5626 §7). */
export function onRegistered(fork: Fork, event: Registered, now: number, timers: ForkTimers): Step<Fork> {
  const index = indexOf(fork, event.of);
  const branch = fork.branches[index];
  if (branch === undefined) return [fork, []];
  const { key, connection, uri, path } = event;
  const flow: Flow = { key, connection, uri, path };
  const until = now + silence(fork.branches, timers);
  const invite: ForkEffect = { type: "invite", branch: index };
  switch (branch.state) {
    case "waking": {
      const patience = fork.method === "INVITE" ? until : Math.min(until, endOfTimerF(branch, timers));
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

/** When the client of a request that waited for its device gives it up (RFC 4320 §4.2). */
function endOfTimerF({ until }: Waking, { otherBucket, transaction }: ForkTimers): number {
  return until - otherBucket + transaction;
}
