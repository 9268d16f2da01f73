import type { Fork, ForkTimers } from "./fork.ts";
import { abandon } from "./fork-abandon.ts";
import { onAlarm } from "./fork-alarm.ts";
import { conclude, lightened, rearmed } from "./fork-conclusion.ts";
import type { ForkEvent, Step as StepOf } from "./fork-event.ts";
import { onGone, onUnwakeable } from "./fork-gone.ts";
import { noted } from "./fork-history.ts";
import { onRegistered } from "./fork-registered.ts";
import { onForgotten, onResponse } from "./fork-response.ts";

type Step = StepOf<Fork>;

/**
 * What an event does to a fork (RFC 3261 §16.7 to §16.10): the event's own effect first, then what follows from that in
 * `fork-conclusion.ts`. It knows no clock but `now`, sends nothing, and says the same again when it is run again.
 *
 * A fork is answered once: by the first 2xx, or, when no branch is open any more and nobody is queued, by the best failure.
 * Branches that are no longer wanted are cancelled, but never before they have been heard from (§9.1): until then they are
 * *doomed*, and their first word is met with a CANCEL.
 */
export function step(fork: Fork, event: ForkEvent, now: number, timers: ForkTimers): Step {
  const [reacted, effects] = react(fork, event, now, timers);
  const [concluded, conclusion] = conclude(reacted, now, timers);
  const next = lightened(concluded);
  const alarm = rearmed(fork, next, event.type === "alarm");
  const all = [...effects, ...conclusion, ...alarm];
  return [noted(fork, next, event, all, now), all];
}

function react(fork: Fork, event: ForkEvent, now: number, timers: ForkTimers): Step {
  switch (event.type) {
    case "response":
      return onResponse(fork, event, now, timers);
    case "forgotten":
      return onForgotten(fork, event);
    case "registered":
    case "rerouted":
      return onRegistered(fork, event, now, timers);
    case "asleep":
    case "lost":
      return onGone(fork, event, now, timers);
    case "pushed":
      return [fork, []];
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
