import { textField } from "../sip/field.ts";
import { CallId, Contact, CSeq, Expires, Path, Supported, Via } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { paramOf } from "../sip/params.ts";
import { Refusal } from "../sip/refusal.ts";
import { SipSyntaxError } from "../sip/syntax-error.ts";
import { parseSipUri } from "../sip/uri.ts";
import { type RequestedContact, readContact } from "./contact.ts";
import { portSipTarget } from "./push-target.ts";

/** What a REGISTER asks for: read once, decided as often as its record is stale. */
export interface Registration {
  readonly callId: Octets;
  readonly cseq: number;
  /** "*" stands for all bindings, to be removed; none at all is a question (RFC 3261 §10.2.2, §10.2.3). */
  readonly contacts: readonly RequestedContact[] | "*";
  /** The Expires header, in seconds. */
  readonly expires: number | undefined;
  /** The proxies between the device and us, as Route values; "" if there are none (RFC 3327). */
  readonly path: Octets;
  /** Whether the client knows outbound and its reg-ids count (RFC 5626 §6). */
  readonly isOutbound: boolean;
  /** Whether the client wants to know its GRUUs (RFC 5627 §5.2). */
  readonly wantsGruu: boolean;
  /** Whether a proxy between the device and us pushes for it (RFC 8599 §5.6.1.1). */
  readonly isPushedByOther: boolean;
}

/** Octets of a Call-ID: it is kept with every binding. */
const MAX_CALL_ID = 256;

const FeatureCaps = textField("Feature-Caps");

/** Throws `SipSyntaxError` or a `Refusal` for what no location could make right. */
export function readRegistration(request: SipRequest): Registration {
  const { headers } = request;
  const callId = headers.first(CallId);
  const cseq = headers.first(CSeq)?.number;
  if (callId === undefined || cseq === undefined) throw new SipSyntaxError("CSeq", 0, "missing");
  if (callId.length > MAX_CALL_ID) throw new Refusal(400, `Call-ID longer than ${MAX_CALL_ID} octets`);
  const path = headers.all(Path);
  // It will be a Route.
  for (const { uri } of path) parseSipUri(uri, "Path");
  const supported = headers.all(Supported).map((tag) => tag.toLowerCase());
  const knowsOutbound = supported.includes("outbound");
  const mayBeOutbound = isFirstHop(request) || firstHopIsOutbound(path[0]?.uri);
  const isPushedByOther = headers.all(FeatureCaps).some((caps) => caps.includes("sip.pns"));
  const contacts = contactsOf(request, mayBeOutbound, knowsOutbound, isPushedByOther);
  return {
    callId,
    cseq,
    contacts,
    expires: headers.first(Expires),
    path: path.map(Path.write).join(", "),
    isOutbound: knowsOutbound && contacts !== "*" && contacts.some(({ regId }) => regId !== undefined),
    wantsGruu: supported.includes("gruu"),
    isPushedByOther,
  };
}

function contactsOf(
  { headers }: SipRequest,
  mayBeOutbound: boolean,
  knowsOutbound: boolean,
  isPushedByOther: boolean,
): readonly RequestedContact[] | "*" {
  const given = headers.all(Contact);
  if (given.includes("*")) {
    // RFC 3261 §10.3 step 6: "*" stands alone and only removes.
    if (given.length > 1) throw new SipSyntaxError("Contact", 0, '"*" beside another contact');
    if (headers.first(Expires) !== 0) throw new SipSyntaxError("Expires", 0, 'must be 0 with Contact "*"');
    return "*";
  }
  const context = { isOutbound: mayBeOutbound, push: isPushedByOther ? undefined : portSipTarget(headers) };
  const contacts: RequestedContact[] = [];
  for (const value of given) {
    if (value === "*") continue;
    // RFC 5626 §6: this device expects a flow that its first hop cannot keep for it.
    const isFlow = paramOf(value.params, "reg-id") !== undefined;
    if (isFlow && !mayBeOutbound && knowsOutbound) throw new Refusal(439);
    const contact = readContact(value, context);
    contacts.push(isPushedByOther ? { ...contact, push: undefined } : contact);
  }
  return contacts;
}

/** Whether nobody is between the device and us. */
function isFirstHop({ headers }: SipRequest): boolean {
  return headers.all(Via).length <= 1;
}

function firstHopIsOutbound(path: Octets | undefined): boolean {
  return path !== undefined && paramOf(parseSipUri(path, "Path").params, "ob") !== undefined;
}
