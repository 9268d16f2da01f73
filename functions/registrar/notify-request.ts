import type { Keyring } from "../keyring/keyring.ts";
import type { Location } from "../location/location.ts";
import type { Watcher } from "../location/watcher.ts";
import type { Aor } from "../sip/aor.ts";
import { textField } from "../sip/field.ts";
import {
  CallId,
  Contact,
  ContentLength,
  ContentType,
  CSeq,
  Event,
  MaxForwards,
  SubscriptionState,
  Via,
} from "../sip/fields.ts";
import { Headers, headerLine } from "../sip/headers.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { formatPlace, type Place } from "../sip/place.ts";
import { requestUri } from "../sip/request-uri.ts";
import type { SipUri } from "../sip/uri.ts";
import type { Via as Hop } from "../sip/via.ts";
import { REGINFO, reginfo } from "./reginfo.ts";

const MAX_FORWARDS = 70;
const USER = "reg.";

const FromAsGiven = textField("From");
const ToAsGiven = textField("To");
const RouteAsGiven = textField("Route");

/** How something of ours leaves us. */
interface Outlet {
  readonly via: Hop;
  readonly place: Place;
}

/** Our end of a subscription: a Contact that says, to us alone, whose registrations it is about. The place is where the watcher reaches us. */
export function watchUri(keyring: Keyring, aor: Aor, callId: Octets, place: Place): Octets {
  return `sip:${USER}${keyring.seal("watch", aor, callId)}@${formatPlace(place)}`;
}

/** Whose registrations a subscription is about that has this Contact of ours; undefined if it is none of ours. */
export function watchedAor(keyring: Keyring, { user = "" }: SipUri, callId: Octets): Aor | undefined {
  if (!user.startsWith(USER)) return undefined;
  return keyring.open("watch", user.slice(USER.length), callId) as Aor | undefined;
}

/**
 * The NOTIFY that tells a watcher all there is to know (RFC 6665 §4.2.2), by our Via, from the place where the watcher reaches us.
 * `now` is in ms since 1970.
 */
export function notifyRequest(
  keyring: Keyring,
  aor: Aor,
  { bindings }: Location,
  watcher: Watcher,
  { via, place }: Outlet,
  now: number,
): SipRequest {
  const { callId, local, remote, target, routes, eventId, version, until } = watcher;
  const seconds = Math.ceil((until - now) / 1000);
  const state = seconds > 0 ? `active;expires=${seconds}` : "terminated;reason=timeout";
  const eventParams = eventId === "" ? [] : [["id", eventId] as const];
  const body = reginfo(keyring, aor, bindings, version - 1, now);
  const lines = [
    headerLine(Via, via),
    headerLine(MaxForwards, MAX_FORWARDS),
    ...(routes === "" ? [] : [headerLine(RouteAsGiven, routes)]),
    headerLine(FromAsGiven, local),
    headerLine(ToAsGiven, remote),
    headerLine(CallId, callId),
    headerLine(CSeq, { number: version, method: "NOTIFY" }),
    headerLine(Contact, { display: undefined, uri: watchUri(keyring, aor, callId, place), params: [] }),
    headerLine(Event, { name: "reg", params: eventParams }),
    headerLine(SubscriptionState, state),
    headerLine(ContentType, REGINFO),
    headerLine(ContentLength, body.length),
  ];
  return { kind: "request", method: "NOTIFY", uri: requestUri(target), headers: new Headers(lines), body };
}
