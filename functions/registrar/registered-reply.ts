import type { Keyring } from "../keyring/keyring.ts";
import { instanceOf } from "../location/device.ts";
import type { Binding, Location } from "../location/location.ts";
import { domainOf } from "../sip/aor.ts";
import { textField } from "../sip/field.ts";
import { DateOf, FlowTimer, Path, Require, ServiceRoute } from "../sip/fields.ts";
import { type HeaderLine, headerLine } from "../sip/headers.ts";
import type { SipRequest, SipResponse } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { reply } from "../sip/reply.ts";
import type { Arrival } from "./arrival.ts";
import { featureCaps } from "./feature-caps.ts";
import { newestOf, publicGruu, temporaryGruu } from "./gruu.ts";
import type { RegisterPolicy } from "./policy.ts";
import type { Registration } from "./registration.ts";

/** What the answer is made with. */
export interface ReplyMeans {
  readonly keyring: Keyring;
  readonly policy: RegisterPolicy;
  readonly toTag: Octets;
}

const ContactText = textField("Contact");
const RequireOutbound = headerLine(Require, "outbound");

/**
 * 200 with every binding of the AoR, each with the seconds it has left (RFC 3261 §10.3 step 8), echoed as its device
 * registered it; and whatever else the client has asked to know: its GRUUs, how to keep its flow, which push service will
 * wake it.
 */
export function registeredReply(
  request: SipRequest,
  asked: Registration,
  location: Location,
  arrival: Arrival,
  { keyring, policy, toTag }: ReplyMeans,
): SipResponse {
  const { aor, now } = arrival;
  const headers: HeaderLine[] = [];
  for (const binding of location.bindings) {
    const gruus = asked.wantsGruu ? gruuParams(keyring, arrival, newestOf(location.bindings, binding)) : "";
    headers.push(headerLine(ContactText, contactText(binding, gruus, now)));
  }
  if (asked.isOutbound) {
    // RFC 5626 §6, §5.4: the client may count on its flow, and shall prove this often that it works.
    headers.push(RequireOutbound, headerLine(FlowTimer, policy.flowTimer));
  }
  if (asked.path !== "") {
    // RFC 3327 §5.3; and by RFC 3608, since others are in between, how requests find home to us.
    for (const line of request.headers.pick(Path).lines) headers.push(line);
    const uri = `sip:${domainOf(aor)};lr`;
    headers.push(headerLine(ServiceRoute, { display: undefined, uri, params: [] }));
  }
  headers.push(...featureCaps(asked, location, arrival, keyring, policy));
  headers.push(headerLine(DateOf, new Date(now).toUTCString()));
  return reply(request, 200, { toTag, headers });
}

/** At least one second: a binding in its grace is still used, and 0 would say that it is gone. */
function contactText({ uri, params, expiresAt }: Binding, gruus: Octets, now: number): Octets {
  return `<${uri}>${params}${gruus};expires=${Math.max(1, Math.ceil((expiresAt - now) / 1000))}`;
}

function gruuParams(keyring: Keyring, { aor }: Arrival, binding: Binding): Octets {
  const instance = instanceOf(binding.key);
  if (instance === undefined) return "";
  const temporary = temporaryGruu(keyring, aor, instance, binding);
  return `;pub-gruu="${publicGruu(aor, instance)}";temp-gruu="${temporary}"`;
}
