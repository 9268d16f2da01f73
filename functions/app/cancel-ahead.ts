import { ABSENT } from "../ports.ts";
import type { Party } from "../proxy/fork.ts";
import { forkIdOf } from "../proxy/fork-id.ts";
import { happening } from "../proxy/happening.ts";
import { keepRequest } from "../proxy/kept-request.ts";
import { cancelledFork } from "../proxy/open-fork.ts";
import type { Aor } from "../sip/aor.ts";
import type { SipRequest } from "../sip/message.ts";
import type { App } from "./app.ts";
import { recordCall } from "./record-call.ts";

/**
 * Frames may be handled out of order: a CANCEL whose INVITE is still to come leaves a fork that is over already, which
 * the INVITE will find and be answered 487.
 */
export async function cancelAhead(app: App, cancel: SipRequest, caller: Party, callee: Aor): Promise<void> {
  const id = forkIdOf(app.keyring, cancel);
  const now = app.clock();
  const history = [happening(now, "cancelled", undefined, "before the INVITE came")];
  const fork = cancelledFork({ id, method: "INVITE", ...keepRequest(cancel), caller, callee, history });
  // "stale": the INVITE has come meanwhile, and its fork is cancelled like any other.
  if ((await app.forks.swap(id, ABSENT, fork, now + app.settings.timers.transaction)) === "committed")
    await recordCall(app, fork);
}
