import { type Branch, type Device, invited, unreachable, wasPushed } from "./branch.ts";
import type { Fork, ForkTimers } from "./fork.ts";
import { cancels } from "./fork-cancel.ts";
import { put } from "./fork-change.ts";
import type { ForkEffect, Step } from "./fork-event.ts";

/**
 * Ends every branch that is still open: what rings is cancelled, what is silent is doomed, what sleeps is told that it need
 * not come, or is awaited because it must be shown a call, and whoever waits for his turn has none.
 */
export function abandon(fork: Fork, now: number, timers: ForkTimers): Step<Fork> {
  let next = fork;
  const effects: ForkEffect[] = [];
  fork.branches.forEach((branch, index) => {
    switch (branch.state) {
      case "queued":
        next = put(next, index, unreachable(branch));
        break;
      case "waking":
        next = put(next, index, unawaited(fork, branch, branch.until, timers));
        effects.push(...recall(fork, branch, index));
        break;
      case "calling":
        next = put(next, index, invited("doomed", branch, now + timers.transaction));
        effects.push(...recall(fork, branch, index));
        break;
      case "proceeding":
        next = put(next, index, invited("cancelling", branch, now + timers.transaction));
        effects.push(...cancels(branch, index));
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

/** A device that sleeps and is not waited for any more; but the platform of some wants to see a call after a push. */
export function unawaited(
  { method }: Fork,
  device: Device,
  until: number,
  { transaction }: ForkTimers,
): Branch {
  const { key, push, mustRing } = device;
  if (!(method === "INVITE" && mustRing && wasPushed(device))) return unreachable(device);
  return { state: "late", key, push, mustRing, until: until + transaction };
}

/** A device that was pushed for a call and has not come may have begun to show it; it is told that it is over, unless by SIP. */
export function recall({ method }: Fork, { push, mustRing }: Device, branch: number): readonly ForkEffect[] {
  return method === "INVITE" && push === "sent" && !mustRing ? [{ type: "recall", branch }] : [];
}
