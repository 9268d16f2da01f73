import type { Answer } from "./answer.ts";
import { isOpen, needsRequest } from "./branch.ts";
import { challenging } from "./challenge.ts";
import { deadlineOf, type Fork, type ForkTimers } from "./fork.ts";
import { isQueued } from "./fork-change.ts";
import type { ForkEffect, Step } from "./fork-event.ts";
import { nextTurn } from "./fork-turn.ts";

// What follows from a fork's state, whatever event brought it there.

/** When no branch can answer the caller any more, the next devices have their turn; if there are none, we do (§16.7 step 6). */
export function conclude(fork: Fork, now: number, timers: ForkTimers): Step<Fork> {
  if (fork.final !== undefined || fork.branches.some(isOpen)) return [fork, []];
  if (isQueued(fork.branches)) return nextTurn(fork, now, timers);
  const { status, octets } = answerOf(fork);
  // RFC 4320 §4.2: the client of a request other than INVITE has timed out by itself; a 408 would only add to the load.
  if (fork.method !== "INVITE" && status === 408) return [{ ...fork, final: status }, []];
  return [{ ...fork, final: status, owed: true }, [{ type: "answer", answer: { status, octets } }]];
}

/** The failure for the caller: its own CANCEL's, the best of the branches', or 408 (§16.7 steps 4 and 6). */
export function answerOf({ cancelled, best, challenges }: Fork): Answer {
  if (cancelled) return { status: 487, octets: undefined };
  // A lone 503 would tell the caller to avoid us (§16.7 step 6).
  if (best?.status === 503) return { status: 500, octets: undefined };
  if (best?.octets !== undefined && (best.status === 401 || best.status === 407)) {
    return { status: best.status, octets: challenging(best.octets, challenges) };
  }
  return best ?? { status: 408, octets: undefined };
}

/** The body is most of the record, and is of no more use once every device has it. */
export function lightened(fork: Fork): Fork {
  const isAnswered = fork.final !== undefined;
  // A MESSAGE that has reached nobody is stored in place of being refused.
  if (fork.owed && fork.method === "MESSAGE") return fork;
  if (fork.body === "" || fork.branches.some((branch) => needsRequest(branch, isAnswered))) return fork;
  return { ...fork, body: "" };
}

/** An alarm whenever the next deadline is not yet covered by one, and always after one has gone off. */
export function rearmed(before: Fork, after: Fork, wentOff: boolean): readonly ForkEffect[] {
  const at = deadlineOf(after);
  if (at === undefined) return [];
  return wentOff || at < (deadlineOf(before) ?? Number.POSITIVE_INFINITY) ? [{ type: "alarm", at }] : [];
}
