import type { ConnectionId } from "../location/ids.ts";
import { publicUri } from "../location/private-params.ts";
import { partyIn } from "../proxy/dialog-token.ts";
import type { Party } from "../proxy/fork.ts";
import { checkHops, forwardedRequest } from "../proxy/forward.ts";
import { breadthsOf } from "../proxy/max-breadth.ts";
import type { Target } from "../proxy/open-fork.ts";
import { withoutOwnCredentials } from "../proxy/own-credentials.ts";
import { checkProxyRequire } from "../proxy/proxy-require.ts";
import { popRoutes } from "../proxy/routes.ts";
import { relayBranch } from "../proxy/via-branch.ts";
import type { Aor } from "../sip/aor.ts";
import { CallId } from "../sip/fields.ts";
import { format } from "../sip/format.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import { type App, isOurDomain, isOurHost } from "./app.ts";
import { deliver } from "./deliver.ts";
import { ourMarkedVia, ourVia } from "./our-via.ts";
import { recordRoutesBetween } from "./record-routes.ts";
import { checkAlive, gruuOf, remoteTarget } from "./remote-target.ts";
import { wakePeer } from "./wake-peer.ts";

// Requests that need no fork: nothing is remembered of them, and their responses find their way by our Via
// (RFC 3261 §16.11).

/**
 * A request within a dialog: to the side that the last of our Routes names, wherever that is connected now. A side that
 * sleeps is woken, and the request waits for it (RFC 8599 §6.2.3).
 */
export async function relayInDialog(app: App, from: ConnectionId, received: SipRequest): Promise<void> {
  checkHops(received);
  checkProxyRequire(received);
  const { request: popped, first, last } = popRoutes(received, (host) => isOurHost(app, host));
  if (first === undefined || last === undefined) throw new Refusal(481);
  const isOurs = (domain: string) => isOurDomain(app, domain);
  const request = withoutOwnCredentials(popped, isOurs, app.bearers !== undefined);
  const callId = request.headers.first(CallId) ?? "";
  const peer = partyIn(app.keyring, last, callId);
  if (peer === undefined) throw new Refusal(403, "Not a Route of Ours");
  const side = first === last ? undefined : partyIn(app.keyring, first, callId);
  const sender = { aor: side?.aor, key: side?.key, connection: from };
  const branch = relayBranch(app.keyring, request.headers, sender);
  const { each: breadth } = breadthsOf(request, 1);
  const gruu = gruuOf(app, request, peer.aor, peer.key);
  const delivery = await deliver(app, peer, (over, flow) => {
    if (flow !== undefined) checkAlive(gruu, flow);
    const { uri, path } = remoteTarget(request, gruu, flow);
    const via = ourVia(app, over, branch);
    return format(forwardedRequest(request, { uri, path, via, recordRoutes: [], breadth }));
  });
  if (delivery === "sent") return;
  checkAlive(gruu, delivery === "gone" ? undefined : delivery);
  if (delivery !== "gone") return wakePeer(app, request, sender, peer);
  // RFC 5626 §5.3.1: a flow that is gone and names nobody who could have another is told apart from a user who sleeps.
  throw new Refusal(peer.aor === undefined ? 430 : 480);
}

/**
 * A request that begins something and has one place to go: one device, by whichever of its flows works. "gone": by none.
 */
export async function relayToDevice(
  app: App,
  request: SipRequest,
  caller: Party,
  callee: Aor,
  { key, connection, uri, path }: Target,
): Promise<"sent" | "gone"> {
  const branch = relayBranch(app.keyring, request.headers, caller);
  const { each: breadth } = breadthsOf(request, 1);
  const device = { aor: callee, key, connection };
  const delivery = await deliver(app, device, (over, flow) => {
    const via = ourMarkedVia(app, over, branch, request);
    const recordRoutes = recordRoutesBetween(app, request, caller, device, over);
    const hop =
      flow === undefined
        ? { uri, path, via, recordRoutes, breadth }
        : { uri: publicUri(flow.uri), path: flow.path, via, recordRoutes, breadth };
    return format(forwardedRequest(request, hop));
  });
  return delivery === "sent" ? "sent" : "gone";
}
