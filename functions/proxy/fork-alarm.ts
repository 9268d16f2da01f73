import { done, invited, unreachable, wasPushed } from "./branch.ts";
import type { Fork, ForkTimers } from "./fork.ts";
import { recall, unawaited } from "./fork-abandon.ts";
import { cancels } from "./fork-cancel.ts";
import { put, timedOut, unavailable } from "./fork-change.ts";
import { answerOf } from "./fork-conclusion.ts";
import type { ForkEffect, Step } from "./fork-event.ts";
import { hedge } from "./fork-hedge.ts";

/** Alarms are hints: the branches and the clock say what is over. */
export function onAlarm(fork: Fork, now: number, timers: ForkTimers): Step<Fork> {
  let next = fork;
  const effects: ForkEffect[] = [];
  fork.branches.forEach((branch, index) => {
    switch (branch.state) {
      case "waking":
        if (branch.until > now) break;
        next = unavailable(put(next, index, unawaited(fork, branch, now, timers)));
        effects.push(...recall(fork, branch, index));
        break;
      case "calling":
        if (branch.until <= now) {
          // §16.8: Timer B without a word is as good as a 408; of a device that was pushed we know that it is not there.
          const silent = put(next, index, invited("doomed", branch, now + timers.transaction));
          next = wasPushed(branch) && fork.method === "INVITE" ? unavailable(silent) : timedOut(silent);
          effects.push(...recall(fork, branch, index));
        } else if (branch.hedgeAt !== undefined && branch.hedgeAt <= now) {
          const [hedged, looks] = hedge(next, index, branch, now, timers);
          next = hedged;
          effects.push(...looks);
        }
        break;
      case "proceeding":
        if (branch.until > now) break;
        next = timedOut(put(next, index, invited("cancelling", branch, now + timers.transaction)));
        effects.push(...cancels(branch, index));
        break;
      case "cancelling":
        if (branch.until > now) break;
        // No answer to the INVITE: the CANCEL may have been lost with whoever was to send it, and the device may ring on.
        next = put(next, index, done(branch, 487));
        effects.push(...cancels(branch, index));
        break;
      case "late":
        if (branch.until <= now) next = put(next, index, unreachable(branch));
        break;
      case "queued":
      case "doomed":
      case "done":
      case "unreachable":
        break;
    }
  });
  // §16.7: a failure that was decided and may not have been sent is sent again.
  if (fork.owed) effects.push({ type: "answer", answer: answerOf(fork) });
  return [next, effects];
}
