import type { Attempt, Call } from "../../../functions/proxy/call.ts";
import type { Happening } from "../../../functions/proxy/happening.ts";
import { textOf } from "../../../functions/sip/octets.ts";
import type { AttemptEntry, CallEntry, HappeningEntry } from "./administrator.ts";

/** A call as the administrator reads it. */
export function callEntry({ callId, attempts }: Call): CallEntry {
  return { callId: textOf(callId), attempts: attempts.map(attemptEntry) };
}

function attemptEntry({ caller, callee, at, history, final }: Attempt): AttemptEntry {
  return {
    caller: caller === undefined ? null : textOf(caller),
    callee: callee === undefined ? null : textOf(callee),
    at: new Date(at).toISOString(),
    final: final ?? null,
    history: history.map((happening) => happeningEntry(happening, at)),
  };
}

function happeningEntry({ at, what, device, detail }: Happening, since: number): HappeningEntry {
  return {
    at: new Date(at).toISOString(),
    ms: at - since,
    what,
    device: device === undefined ? null : textOf(device),
    detail: textOf(detail),
  };
}
