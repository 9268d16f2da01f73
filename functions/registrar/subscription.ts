import {
  Accept,
  AllowEvents,
  CallId,
  Contact,
  CSeq,
  Event,
  Expires,
  From,
  MinExpires,
  RecordRoute,
  To,
} from "../sip/fields.ts";
import { headerLine } from "../sip/headers.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { paramOf } from "../sip/params.ts";
import { reasonPhrase } from "../sip/reason-phrase.ts";
import { Refusal } from "../sip/refusal.ts";
import { SipSyntaxError } from "../sip/syntax-error.ts";
import { parseSipUri } from "../sip/uri.ts";
import { REGINFO } from "./reginfo.ts";

/** A SUBSCRIBE to the registrations of an AoR (RFC 3680 §4). */
export interface Subscription {
  readonly callId: Octets;
  readonly cseq: number;
  /** The subscriber's address and tag: the To of our NOTIFYs. */
  readonly remote: Octets;
  readonly target: Octets;
  /** As Route values, the nearest first. */
  readonly routes: Octets;
  readonly eventId: Octets;
  /** Whether it is about a subscription that there already is. */
  readonly isRenewal: boolean;
  /** How long it shall last; 0 asks once (RFC 3680 §4.7.2), or ends it. */
  readonly seconds: number;
}

/** In seconds. */
const MIN_EXPIRES = 60;
const MAX_EXPIRES = 3_600;

/** Octets of what is kept of a subscription. */
const MAX_OCTETS = 2_048;

/** Whether a request is a SUBSCRIBE to the registrations of an AoR: any other event is its devices' business. */
export function isRegEvent({ method, headers }: SipRequest): boolean {
  return method === "SUBSCRIBE" && headers.first(Event)?.name.toLowerCase() === "reg";
}

/** Throws `SipSyntaxError`, or a `Refusal` for what we cannot tell, or not for so short a time. */
export function readSubscription({ headers }: SipRequest): Subscription {
  const event = headers.first(Event);
  if (event?.name.toLowerCase() !== "reg") {
    throw new Refusal(489, reasonPhrase(489), [headerLine(AllowEvents, "reg")]);
  }
  const accepted = headers.all(Accept).map((range) => range.toLowerCase());
  if (accepted.length > 0 && !accepted.some((range) => [REGINFO, "application/*", "*/*"].includes(range))) {
    throw new Refusal(406);
  }
  const contact = headers.first(Contact);
  if (contact === undefined || contact === "*") throw new SipSyntaxError("Contact", 0, "missing");
  // It will be a Request-URI.
  parseSipUri(contact.uri, "Contact");
  const asked = headers.first(Expires) ?? MAX_EXPIRES;
  if (asked > 0 && asked < MIN_EXPIRES) {
    throw new Refusal(423, reasonPhrase(423), [headerLine(MinExpires, MIN_EXPIRES)]);
  }
  const to = headers.first(To);
  const subscription = {
    callId: headers.first(CallId) ?? "",
    cseq: headers.first(CSeq)?.number ?? 0,
    remote: headers.pick(From).lines[0]?.value ?? "",
    target: contact.uri,
    // RFC 3261 §12.1.1: the callee's side of a dialog keeps the routes in the order in which they stand.
    routes: headers.all(RecordRoute).map(RecordRoute.write).join(", "),
    eventId: paramOf(event.params, "id") ?? "",
    isRenewal: to !== undefined && paramOf(to.params, "tag") !== undefined,
    seconds: Math.min(asked, MAX_EXPIRES),
  };
  const { callId, remote, target, routes, eventId } = subscription;
  if ([callId, remote, target, routes, eventId].join("").length > MAX_OCTETS) {
    throw new Refusal(400, `A subscription of more than ${MAX_OCTETS} octets`);
  }
  return subscription;
}
