import { checkRights } from "../auth/rights.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import type { App } from "./app.ts";
import { dialOut } from "./dial.ts";
import type { Sender } from "./identify.ts";
import { type Callee, type Choice, calleeOf, targetsFor } from "./targets.ts";

/** Whom a call is for, and where that is. */
interface Whereabouts {
  readonly callee: Callee;
  readonly choice: Choice;
}

/** Where a call goes: to a user of ours; or out through a trunk, if it is for nobody of ours and a dial rule is for it. */
export async function whereTo(app: App, request: SipRequest, sender: Sender): Promise<Whereabouts> {
  const { trunks } = app.settings;
  if (trunks === undefined) return toUser(app, request, sender);
  try {
    return await toUser(app, request, sender);
  } catch (error) {
    if (!(error instanceof Refusal && error.status === 404)) throw error;
    const callee = dialOut(app, trunks, request, sender);
    if (callee === undefined) throw error;
    return { callee, choice: await targetsFor(app, callee, sender.party, request) };
  }
}

async function toUser(app: App, request: SipRequest, sender: Sender): Promise<Whereabouts> {
  const callee = allowedCallee(app, request, sender);
  return { callee, choice: await targetsFor(app, callee, sender.party, request) };
}

/** Whom a request is for. Refuses (403) somebody who has no right to that, before anything is read or written. */
export function allowedCallee(app: App, request: SipRequest, { rights, trunk }: Sender): Callee {
  const callee = calleeOf(app, request);
  // One trunk's call does not go out through another.
  if (trunk !== undefined && app.settings.trunks?.byAor.has(callee.aor)) throw new Refusal(404);
  checkRights(rights, request.method, callee.aor);
  return callee;
}
