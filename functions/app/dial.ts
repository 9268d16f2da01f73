import { checkRights } from "../auth/rights.ts";
import { type Aor, aor, aorIn } from "../sip/aor.ts";
import { Route } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { Refusal } from "../sip/refusal.ts";
import { parseUri } from "../sip/uri.ts";
import { ruleFor } from "../trunk/dial-rule.ts";
import { type Dialled, dialledIn } from "../trunk/dialled.ts";
import type { Trunks } from "../trunk/trunk.ts";
import { type App, isOurHost } from "./app.ts";
import type { Sender } from "./identify.ts";
import type { Callee } from "./targets.ts";

/** Who has a number of ours; undefined if nobody has, or it is none. */
export function ownerOfNumber(app: App, trunks: Trunks, uri: Octets): Aor | undefined {
  if (trunks.numbers.size === 0) return undefined;
  const dialled = dialledIn(parseUri(uri, "Request-URI"));
  return dialled && isOurs(app, dialled) ? trunks.numbers.get(dialled.user) : undefined;
}

/**
 * The trunk that a call goes out through which is for no user of ours; undefined if no rule is for it. What a trunk brings goes out
 * through none: it would come round. Refuses (403) a caller who has no right to that, or who says by which way it should go on from there.
 */
export function dialOut(
  app: App,
  trunks: Trunks,
  { method, uri, headers }: SipRequest,
  sender: Sender,
): Callee | undefined {
  if (method !== "INVITE" || sender.trunk !== undefined) return undefined;
  const dialled = dialledIn(parseUri(uri, "Request-URI"));
  const trunk = dialled && ruleFor(trunks.rules, dialled, isOurs(app, dialled))?.trunk;
  if (trunk === undefined) return undefined;
  if (!trunk.isOpenTo(sender.party.aor)) throw new Refusal(403, "No Right To Call Out");
  checkRights(sender.rights, method, trunk.aor);
  if (headers.has(Route)) throw new Refusal(403, "No Routes through a Trunk");
  return { aor: trunk.aor, device: undefined, trunk };
}

/**
 * The Request-URI of a call that goes out through a trunk: as it was dialled, since a trunk's contact says where it is and not whom
 * it should call; a `tel:` URI as RFC 3261 §19.1.6 has it. Undefined for a request to anybody else, and to the trunk itself.
 */
export function dialledUri({ settings }: App, callee: Aor, { uri }: SipRequest): Octets | undefined {
  if (settings.trunks?.byAor.has(callee) !== true) return undefined;
  const dialled = dialledIn(parseUri(uri, "Request-URI"));
  if (dialled === undefined || aorIn(uri, "Request-URI") === callee) return undefined;
  return dialled.domain === undefined ? `${aor(dialled.user, settings.domains[0])};user=phone` : uri;
}

function isOurs(app: App, { domain }: Dialled): boolean {
  return domain === undefined || isOurHost(app, domain);
}
