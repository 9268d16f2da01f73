import type { Flow } from "../proxy/branch.ts";
import type { Fork } from "../proxy/fork.ts";
import type { NextHop } from "../proxy/next-hop.ts";
import { isWithinDialog } from "../proxy/within-dialog.ts";
import type { Address } from "../sip/address.ts";
import type { SipRequest } from "../sip/message.ts";
import type { App } from "./app.ts";
import { dialledUri } from "./dial.ts";
import { recordRoutesBetween } from "./record-routes.ts";
import { gruuOf, remoteTarget } from "./remote-target.ts";

/**
 * The Request-URI and the Route by which a fork's request goes over a flow of a device, and its CANCEL and the ACK of its failure
 * likewise (RFC 3261 §9.1, §17.1.1.3): the device's contact and Path; but within a dialog the Request-URI that the request
 * came with, which is the remote target, and the routes that it came with, unless it names the device by its GRUU.
 */
export function hopOver(
  app: App,
  { callee }: Fork,
  request: SipRequest,
  { key, uri, path }: Flow,
): Pick<NextHop, "uri" | "path"> {
  if (!isWithinDialog(request)) return { uri: dialledUri(app, callee, request) ?? uri, path };
  return remoteTarget(request, gruuOf(app, request, callee, key), { uri, path });
}

/** The Record-Routes of a fork's request over a flow: none within a dialog, whose routes were set when it began (RFC 3261 §16.6 step 4). */
export function recordRoutesOver(
  app: App,
  { caller, callee }: Fork,
  request: SipRequest,
  { key, connection }: Flow,
): readonly Address[] {
  if (isWithinDialog(request)) return [];
  const device = { aor: callee, key, connection: undefined };
  return recordRoutesBetween(app, request, caller, device, connection);
}
