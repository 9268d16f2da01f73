import type { ConnectionId } from "../location/ids.ts";
import { partyIn } from "../proxy/dialog-token.ts";
import type { Party } from "../proxy/fork.ts";
import { checkHops, forwardedRequest } from "../proxy/forward.ts";
import type { Target } from "../proxy/open-fork.ts";
import { popRoutes } from "../proxy/routes.ts";
import { relayBranch } from "../proxy/via-branch.ts";
import { CallId } from "../sip/fields.ts";
import { format } from "../sip/format.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import { type App, isOurDomain } from "./app.ts";
import { deliver } from "./deliver.ts";
import { ourVia } from "./our-via.ts";
import { recordRoutesBetween } from "./record-routes.ts";

// Requests that need no fork: nothing is remembered of them, and their responses find their way by our Via
// (RFC 3261 §16.11).

/** A request within a dialog: to the side that the last of our Routes names, wherever that is connected now. */
export async function relayInDialog(app: App, from: ConnectionId, received: SipRequest): Promise<void> {
  checkHops(received);
  const { request, last } = popRoutes(received, (host) => isOurDomain(app, host));
  if (last === undefined) throw new Refusal(481);
  const party = partyIn(app.keyring, last, request.headers.first(CallId) ?? "");
  if (party === undefined) throw new Refusal(403, "Not a Route of Ours");
  const via = ourVia(app, relayBranch(app.keyring, request.headers, from));
  const message = format(forwardedRequest(request, { uri: request.uri, via, recordRoutes: [] }));
  // RFC 5626 §5.3.1: a flow that is gone and names nobody who could have another is told apart from a user who sleeps.
  if ((await deliver(app, party, message)) === "gone") throw new Refusal(party.aor === undefined ? 430 : 480);
}

/** A request that begins something and has one place to go. */
export async function relayToDevice(
  app: App,
  from: ConnectionId,
  request: SipRequest,
  caller: Party,
  target: Target & Party,
): Promise<void> {
  const via = ourVia(app, relayBranch(app.keyring, request.headers, from));
  const recordRoutes = recordRoutesBetween(app, request, caller, target);
  const message = format(forwardedRequest(request, { uri: target.uri, via, recordRoutes }));
  if ((await deliver(app, target, message)) === "gone") throw new Refusal(480);
}
