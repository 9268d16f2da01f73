import type { ConnectionId } from "../location/ids.ts";
import type { Binding, Location } from "../location/location.ts";
import { textField } from "../sip/field.ts";
import { DateOf } from "../sip/fields.ts";
import { type HeaderLine, headerLine } from "../sip/headers.ts";
import type { SipRequest, SipResponse } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { reply } from "../sip/reply.ts";

const ContactText = textField("Contact");
const FeatureCaps = textField("Feature-Caps");

/**
 * 200 with every binding of the AoR, each with the seconds it has left (RFC 3261 §10.3 step 8), echoed as its device
 * registered it, and with the push service that will be used for those on this connection (RFC 8599 §5.6.1.1).
 */
export function registeredReply(
  request: SipRequest,
  location: Location,
  connection: ConnectionId,
  now: number,
  toTag: Octets,
): SipResponse {
  const headers: HeaderLine[] = [];
  const providers = new Set<string>();
  for (const binding of location.bindings) {
    headers.push(headerLine(ContactText, contactText(binding, now)));
    if (binding.connection === connection && binding.push !== undefined) providers.add(binding.push.provider);
  }
  for (const provider of providers) headers.push(headerLine(FeatureCaps, `*;+sip.pns="${provider}"`));
  headers.push(headerLine(DateOf, new Date(now).toUTCString()));
  return reply(request, 200, { toTag, headers });
}

/** At least one second: a binding in its grace is still used, and 0 would say that it is gone. */
function contactText({ uri, params, expiresAt }: Binding, now: number): Octets {
  return `<${uri}>${params};expires=${Math.max(1, Math.ceil((expiresAt - now) / 1000))}`;
}
