import { type Branch, calling, type Queued } from "./branch.ts";
import type { Fork, ForkTimers } from "./fork.ts";
import { bucketOf, hedgeAt, silence } from "./fork-change.ts";
import type { ForkEffect, Step } from "./fork-event.ts";

/** Begins with the devices whose turn it is, all at once (RFC 3261 §16.6). Some must be queued. */
export function nextTurn(fork: Fork, now: number, timers: ForkTimers): Step<Fork> {
  const turns = fork.branches.map((branch) => (branch.state === "queued" ? branch.turn : Infinity));
  const turn = Math.min(...turns);
  const isDue = (branch: Branch): branch is Queued => branch.state === "queued" && branch.turn === turn;
  const patience = silence(
    fork.branches.filter((branch) => !isDue(branch)),
    timers,
  );
  const effects: ForkEffect[] = [];
  const branches = fork.branches.map((branch, index): Branch => {
    if (!isDue(branch)) return branch;
    const { key, mustRing, flow } = branch;
    if (flow === undefined) {
      const mayPush = branch.push === "unsent";
      effects.push({ type: "wake", branch: index, push: mayPush });
      const push = mayPush ? "sent" : branch.push;
      return { state: "waking", key, push, mustRing, until: now + bucketOf(fork, timers) };
    }
    effects.push({ type: "invite", branch: index });
    return calling(branch, flow, now + patience, hedgeAt(fork, now, timers));
  });
  return [{ ...fork, branches }, effects];
}
