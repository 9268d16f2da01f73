import type { ConnectionId } from "../location/ids.ts";
import { recordRoute } from "../proxy/dialog-token.ts";
import type { Party } from "../proxy/fork.ts";
import type { Address } from "../sip/address.ts";
import { CallId } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import type { App } from "./app.ts";
import { ourPlace } from "./our-place.ts";

/** Methods that make a dialog, whose later requests must come by here too (RFC 3261 §16.6 step 4). */
const DIALOG_MAKERS: readonly string[] = ["INVITE", "SUBSCRIBE", "REFER"];

/**
 * Two Record-Routes, in the manner of RFC 5658: the upper one names the callee, the lower one the caller. Each side
 * sends its requests through both, and the one that it sends them *to* comes last. The first is where it reaches us: the callee
 * by what it is sent the request `over`.
 */
export function recordRoutesBetween(
  app: App,
  { method, headers }: SipRequest,
  caller: Party,
  callee: Party,
  over: ConnectionId,
): readonly Address[] {
  if (!DIALOG_MAKERS.includes(method)) return [];
  const callId = headers.first(CallId) ?? "";
  return [
    recordRoute(app.keyring, ourPlace(app, over), callId, callee),
    recordRoute(app.keyring, ourPlace(app, caller.connection), callId, caller),
  ];
}
