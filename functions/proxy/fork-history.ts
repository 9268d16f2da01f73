import { reasonPhrase } from "../sip/reason-phrase.ts";
import { type Branch, wasInvited } from "./branch.ts";
import type { Fork } from "./fork.ts";
import type { ForkEffect, ForkEvent } from "./fork-event.ts";
import { type Happening, happening, withHappening } from "./happening.ts";

/**
 * A fork of an INVITE with what an event did to it in its history, for people who ask. Of what changed nothing, nothing is
 * told: a history alone is no reason to write a record, unless it is of a push.
 */
export function noted(
  before: Fork,
  after: Fork,
  event: ForkEvent,
  effects: readonly ForkEffect[],
  now: number,
): Fork {
  if (after.method !== "INVITE" || (after === before && event.type !== "pushed")) return after;
  return [
    ...eventHappenings(before, after, event, now),
    ...branchHappenings(before, after, event, now),
    ...effectHappenings(after, effects, now),
  ].reduce(withHappening, after);
}

/** A fork of an INVITE with what was done when it was opened in its history. */
export function opened(fork: Fork, effects: readonly ForkEffect[], now: number): Fork {
  return fork.method === "INVITE" ? effectHappenings(fork, effects, now).reduce(withHappening, fork) : fork;
}

function eventHappenings(before: Fork, after: Fork, event: ForkEvent, now: number): readonly Happening[] {
  switch (event.type) {
    case "response": {
      const key = before.branches[event.branch]?.key;
      const said = `${event.status} ${event.reason}`;
      const heard = happening(now, "heard", key, said);
      const isAnswer = event.status < 300 && before.final === undefined && after.final !== undefined;
      return isAnswer ? [heard, happening(now, "answered", key, said)] : [heard];
    }
    case "forgotten":
      return [happening(now, "heard", before.branches[event.branch]?.key, "481 to its CANCEL")];
    case "registered":
    case "rerouted": {
      const { key, connection, connectedAt } = event;
      const registered = happening(now, "registered", key, `over ${connection}`);
      return connectedAt === undefined
        ? [registered]
        : [happening(connectedAt, "connected", key), registered];
    }
    case "asleep":
      return [happening(now, "gone", event.key, "its connection has ended; it can be pushed")];
    case "lost":
      return [happening(now, "gone", event.key, "its connection has ended; it cannot be pushed")];
    case "pushed":
      return [happening(now, "pushed", event.key, event.detail)];
    case "unwakeable":
      return [happening(now, "push refused", event.key, event.reason)];
    case "cancelled":
      return [happening(now, "cancelled", undefined, "by the caller")];
    case "answered":
    case "alarm":
      return [];
  }
}

/** Which devices were given up, or looked for, because they kept us waiting. */
function branchHappenings(
  { branches }: Fork,
  after: Fork,
  event: ForkEvent,
  now: number,
): readonly Happening[] {
  if (event.type !== "alarm") return [];
  const told: Happening[] = [];
  after.branches.forEach((branch, index) => {
    const former = branches[index];
    const why = former === undefined || former.state === branch.state ? undefined : givenUp(former);
    if (why !== undefined) told.push(happening(now, "timed out", branch.key, why));
  });
  return told;
}

function givenUp({ state }: Branch): string | undefined {
  switch (state) {
    case "waking":
      return "it has not registered";
    case "calling":
      return "it has said nothing";
    case "proceeding":
      return "it has not answered";
    default:
      return undefined;
  }
}

function effectHappenings(after: Fork, effects: readonly ForkEffect[], now: number): readonly Happening[] {
  const told: Happening[] = [];
  for (const effect of effects) {
    const branch = "branch" in effect ? after.branches[effect.branch] : undefined;
    switch (effect.type) {
      case "invite":
        told.push(
          happening(
            now,
            "invited",
            branch?.key,
            branch && wasInvited(branch) ? `over ${branch.connection}` : "",
          ),
        );
        break;
      case "wake":
        if (branch?.state === "calling")
          told.push(happening(now, "silent", branch.key, "it may not be there"));
        break;
      case "cancel":
        told.push(happening(now, "cancelled", branch?.key));
        break;
      case "recall":
        told.push(happening(now, "recalled", branch?.key));
        break;
      case "answer": {
        const { status, octets } = effect.answer;
        const whose = octets === undefined ? "by us" : "as the device said";
        told.push(happening(now, "answered", undefined, `${status} ${reasonPhrase(status)}, ${whose}`));
        break;
      }
      case "ack":
      case "relay":
      case "reroute":
      case "alarm":
        break;
    }
  }
  return told;
}
