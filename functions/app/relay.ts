import { instanceOf } from "../location/device.ts";
import type { ConnectionId } from "../location/ids.ts";
import { flowTo } from "../location/location.ts";
import { publicUri } from "../location/private-params.ts";
import { partyIn } from "../proxy/dialog-token.ts";
import type { Party } from "../proxy/fork.ts";
import { checkHops, forwardedRequest } from "../proxy/forward.ts";
import { breadthsOf } from "../proxy/max-breadth.ts";
import type { NextHop } from "../proxy/next-hop.ts";
import type { Target } from "../proxy/open-fork.ts";
import { checkProxyRequire } from "../proxy/proxy-require.ts";
import { popRoutes } from "../proxy/routes.ts";
import { relayBranch } from "../proxy/via-branch.ts";
import { flowsOf, gruuIn } from "../registrar/gruu.ts";
import type { Aor } from "../sip/aor.ts";
import { CallId, Route } from "../sip/fields.ts";
import { format } from "../sip/format.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import { isSipUri, parseUri } from "../sip/uri.ts";
import { type App, isOurDomain } from "./app.ts";
import { deliver } from "./deliver.ts";
import { disconnect } from "./disconnect.ts";
import { ourMarkedVia, ourVia } from "./our-via.ts";
import { recordRoutesBetween } from "./record-routes.ts";

// Requests that need no fork: nothing is remembered of them, and their responses find their way by our Via
// (RFC 3261 §16.11).

/** A request within a dialog: to the side that the last of our Routes names, wherever that is connected now. */
export async function relayInDialog(app: App, from: ConnectionId, received: SipRequest): Promise<void> {
  checkHops(received);
  checkProxyRequire(received);
  const { request, last } = popRoutes(received, (host) => isOurDomain(app, host));
  if (last === undefined) throw new Refusal(481);
  const party = partyIn(app.keyring, last, request.headers.first(CallId) ?? "");
  if (party === undefined) throw new Refusal(403, "Not a Route of Ours");
  const via = ourVia(app, relayBranch(app.keyring, request.headers, from));
  const { each: breadth } = breadthsOf(request, 1);
  const target = await remoteTarget(app, request, party);
  const message = format(forwardedRequest(request, { ...target, via, recordRoutes: [], breadth }));
  // RFC 5626 §5.3.1: a flow that is gone and names nobody who could have another is told apart from a user who sleeps.
  if ((await deliver(app, party, message)) === "gone") throw new Refusal(party.aor === undefined ? 430 : 480);
}

/**
 * Where a request within a dialog goes in the end. A GRUU of ours becomes the contact that it stands for, by the device's
 * Path unless the dialog knows its way (RFC 5627 §6.1); any other URI is the device's own.
 */
async function remoteTarget(
  app: App,
  { uri: text, headers }: SipRequest,
  { aor, key }: Party,
): Promise<Pick<NextHop, "uri" | "path">> {
  const asGiven = { uri: text, path: "" };
  const uri = parseUri(text, "Request-URI");
  const gruu = isSipUri(uri) ? gruuIn(app.keyring, uri) : undefined;
  // Another's is not for the sides of this dialog to resolve.
  const isTheirs =
    gruu !== undefined &&
    gruu !== "invalid" &&
    gruu.aor === aor &&
    key !== undefined &&
    gruu.instance === instanceOf(key);
  if (!isTheirs) return asGiven;
  const { value: location } = await app.locations.read(gruu.aor);
  if (flowsOf(gruu, location?.bindings ?? []) === "dead") throw new Refusal(404);
  const flow = location && flowTo(location, key);
  if (flow === undefined) return asGiven;
  return { uri: publicUri(flow.uri), path: headers.has(Route) ? "" : flow.path };
}

/** A request that begins something and has one place to go: one device, by whichever of its flows works. */
export async function relayToDevice(
  app: App,
  from: ConnectionId,
  request: SipRequest,
  caller: Party,
  callee: Aor,
  target: Target,
): Promise<void> {
  const via = ourMarkedVia(app, relayBranch(app.keyring, request.headers, from), request);
  const { each: breadth } = breadthsOf(request, 1);
  const recordRoutes = recordRoutesBetween(app, request, caller, {
    aor: callee,
    key: target.key,
    connection: undefined,
  });
  let flow: Pick<Target, "connection" | "uri" | "path"> | undefined = target;
  while (flow?.connection !== undefined) {
    const { connection, uri, path } = flow;
    const message = format(forwardedRequest(request, { uri, path, via, recordRoutes, breadth }));
    if ((await app.edge.send(connection, message)) === "sent") return;
    await disconnect(app, connection, callee);
    const { value: location } = await app.locations.read(callee);
    const other = location && flowTo(location, target.key);
    flow = other && { connection: other.connection, uri: publicUri(other.uri), path: other.path };
  }
  throw new Refusal(480);
}
