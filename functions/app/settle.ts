import type { ForkId } from "../location/ids.ts";
import { deadlineOf, endOfFork, type Fork } from "../proxy/fork.ts";
import type { ForkEffect, ForkEvent } from "../proxy/fork-event.ts";
import { step } from "../proxy/fork-step.ts";
import type { SipRequest } from "../sip/message.ts";
import type { App } from "./app.ts";
import { measureCall } from "./measure-call.ts";
import { perform } from "./perform.ts";
import { recordCall } from "./record-call.ts";

/** A swap that is stale this often in a row means something is wrong, not busy. */
const ATTEMPTS = 64;
/** How soon a failure that could not be told is told again, in ms. */
const AGAIN = 2_000;

/**
 * Lets an event happen to a fork: load, decide, commit, then act. Whoever loses the swap decides again from what won
 * it, so that two functions never act on the same state; nothing is said that is not written first. What the acts
 * find out (a connection gone, a push refused) happens to the fork in turn. Answers the fork as it was found;
 * undefined if there is none (any more).
 *
 * `request` is the fork's, if the caller has it at hand.
 */
export async function settle(
  app: App,
  id: ForkId,
  event: ForkEvent,
  request?: SipRequest,
): Promise<Fork | undefined> {
  const { timers } = app.settings;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { value: fork, version } = await app.forks.read(id);
    if (fork === undefined) return undefined;
    const now = app.clock();
    const [next, effects] = step(fork, event, now, timers);
    // Nobody looks at a fork again that awaited nothing: the alarm first, then the record.
    const alarm = deadlineOf(fork) === undefined ? deadlineOf(next) : undefined;
    if (alarm !== undefined) await app.alarms.set(id, alarm);
    if (next !== fork) {
      const outcome = await app.forks.swap(id, version, next, endOfFork(next, now, timers));
      if (outcome === "stale") continue;
    }
    if (fork.final === undefined && next.final !== undefined) measureCall(app, next);
    const recording = isForRecord(fork, next) ? recordCall(app, next) : undefined;
    try {
      await act(app, next, alarm === undefined ? effects : withoutAlarms(effects), request);
    } catch (error) {
      // The fork's own alarms may be minutes away, when its record is forgotten. One that goes off in vain rings again by itself.
      if (next.owed && event.type !== "alarm") await app.alarms.set(id, app.clock() + AGAIN);
      throw error;
    } finally {
      await recording;
    }
    return fork;
  }
  throw new Error("a fork record stayed stale");
}

function withoutAlarms(effects: readonly ForkEffect[]): readonly ForkEffect[] {
  return effects.filter(({ type }) => type !== "alarm");
}

/** Whether people may want to know: a call was decided, or something happened to one that was. */
function isForRecord(before: Fork, after: Fork): boolean {
  return after.final !== undefined && (before.final === undefined || before.history !== after.history);
}

/** Does what a committed step asks for, all of it at once: its effects do not depend on each other. */
export async function act(
  app: App,
  fork: Fork,
  effects: readonly ForkEffect[],
  request?: SipRequest,
): Promise<void> {
  const outcomes = await Promise.allSettled(
    effects.map(async (effect) => {
      const event = await perform(app, fork, effect, request, (other, told) => settle(app, other, told));
      if (event !== undefined) await settle(app, fork.id, event, request);
    }),
  );
  // All have ended before any fault is told: a function must not return with work still running.
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}
