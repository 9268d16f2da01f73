import { calling, type Device, done, type Flow, type InvitedBranch, invited, wasPushed } from "./branch.ts";
import { isFlowOf, withEar, withFlow } from "./branch-flows.ts";
import type { Fork, ForkTimers } from "./fork.ts";
import { hedgeAt, put, silence } from "./fork-change.ts";
import type { Registered, Step } from "./fork-event.ts";

const FLOW_FAILED = 430;

/** A device that has registered: should it have been pushed, it has heeded that. */
export function heeded<D extends Device>(device: D, { isUnpushed }: Registered): D {
  return device.push === "sent" ? { ...device, push: isUnpushed === true ? "unsent" : "heeded" } : device;
}

/** The device of an invited branch has registered again, or by another connection. */
export function onMoved(
  fork: Fork,
  index: number,
  branch: InvitedBranch,
  event: Registered,
  flow: Flow,
  now: number,
  timers: ForkTimers,
): Step<Fork> {
  const here = heeded(branch, event);
  const stays: Step<Fork> = here === branch ? [fork, []] : [put(fork, index, here), []];
  const isSilent = branch.state === "calling" || branch.state === "doomed";
  // It has the request there already.
  if (isSilent ? isFlowOf(branch, flow.connection) : branch.connection === flow.connection) return stays;
  const isSought =
    fork.method === "INVITE" && branch.push === "never" && branch.hedgeAt === undefined && timers.hedge > 0;
  // A second flow beside the first is no reason to call again, unless the device was looked for because it is silent.
  if (branch.key !== flow.key && branch.push !== "sent" && !isSought) return stays;
  const moved = withFlow(here, flow);
  // What a send found gone is there no more.
  const left = event.type === "rerouted" ? { ...moved, ...withoutFormer(here) } : moved;
  switch (branch.state) {
    case "calling": {
      // Nothing was heard over its old connection: what was sent there may have gone nowhere.
      const again = invited("calling", left, now + silence(fork.branches, timers));
      const isNew = here.push === "unsent" || (here.push === "never" && branch.hedgeAt !== undefined);
      const hedged = { ...again, hedgeAt: isNew ? hedgeAt(fork, now, timers) : undefined };
      return [put(fork, index, hedged), [{ type: "invite", branch: index }]];
    }
    case "doomed":
      // If it was pushed and must be shown a call, it is called; the CANCEL follows its first word.
      return branch.mustRing && wasPushed(branch)
        ? [put(fork, index, moved), [{ type: "invite", branch: index }]]
        : [put(fork, index, withEar(here, flow)), []];
    case "cancelling":
      return [put(fork, index, left), [{ type: "cancel", branch: index, over: flow }]];
    case "proceeding":
    case "done":
      return [put(fork, index, moved), []];
  }
}

function withoutFormer({
  connection,
  others,
  heard,
}: InvitedBranch): Pick<InvitedBranch, "others" | "heard"> {
  return { others, heard: heard.filter((each) => each !== connection) };
}

/**
 * The device has another flow: what goes there is another branch (RFC 3261 §16.6 step 8), and the former is over; unless a
 * copy is still out over a third one: to a device that has that, another branch would be a merged request (§8.2.2.2).
 */
export function onOtherFlow(
  fork: Fork,
  index: number,
  former: InvitedBranch,
  event: Registered,
  flow: Flow,
  until: number,
): Step<Fork> {
  const here = heeded(former, event);
  if (former.others.length > 0) {
    const again = invited("calling", { ...withFlow(here, flow), others: former.others }, until);
    return [put(fork, index, again), [{ type: "invite", branch: index }]];
  }
  const over = put(fork, index, done(former, FLOW_FAILED));
  const branches = [...over.branches, calling(here, flow, until, undefined)];
  return [{ ...over, branches }, [{ type: "invite", branch: fork.branches.length }]];
}
