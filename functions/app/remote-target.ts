import { instanceOf } from "../location/device.ts";
import type { BindingKey } from "../location/ids.ts";
import type { Binding } from "../location/location.ts";
import { publicUri } from "../location/private-params.ts";
import type { NextHop } from "../proxy/next-hop.ts";
import { flowsOf, type Gruu, gruuIn } from "../registrar/gruu.ts";
import type { Aor } from "../sip/aor.ts";
import { Route } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import { isSipUri, parseUri } from "../sip/uri.ts";
import type { App } from "./app.ts";

/**
 * The GRUU that a request within a dialog is sent to, if it is this device's. Another's is not for the sides of the
 * dialog to resolve. Throws `SipSyntaxError`.
 */
export function gruuOf(
  { keyring }: App,
  request: SipRequest,
  aor: Aor | undefined,
  key: BindingKey | undefined,
): Gruu | undefined {
  const uri = parseUri(request.uri, "Request-URI");
  const gruu = isSipUri(uri) ? gruuIn(keyring, uri) : undefined;
  if (gruu === undefined || gruu === "invalid" || gruu.aor !== aor || key === undefined) return undefined;
  return gruu.instance === instanceOf(key) ? gruu : undefined;
}

/** Refuses (404) a temporary GRUU whose registration has ended: the device is known by another now, or by none (RFC 5627 §5.3). */
export function checkAlive(gruu: Gruu | undefined, flow: Binding | undefined): void {
  // The flows of a device share what tells which of its GRUUs hold.
  if (gruu !== undefined && flowsOf(gruu, flow === undefined ? [] : [flow]) === "dead")
    throw new Refusal(404);
}

/**
 * Where a request within a dialog goes in the end. A GRUU becomes the contact that it stands for, by the device's Path
 * unless the dialog knows its way (RFC 5627 §6.1); any other URI is the device's own, and the dialog's routes lead there.
 */
export function remoteTarget(
  { uri, headers }: SipRequest,
  gruu: Gruu | undefined,
  flow: Pick<Binding, "uri" | "path"> | undefined,
): Pick<NextHop, "uri" | "path"> {
  if (gruu === undefined || flow === undefined) return { uri, path: "" };
  return { uri: publicUri(flow.uri), path: headers.has(Route) ? "" : flow.path };
}
