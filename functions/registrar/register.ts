import type { ConnectionId } from "../location/ids.ts";
import { type Binding, current, type Departure, type Location } from "../location/location.ts";
import { CallId, Contact, CSeq, Expires, MinExpires } from "../sip/fields.ts";
import { headerLine } from "../sip/headers.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { reasonPhrase } from "../sip/reason-phrase.ts";
import { Refusal } from "../sip/refusal.ts";
import { SipSyntaxError } from "../sip/syntax-error.ts";
import { parseSipUri, sameUri } from "../sip/uri.ts";
import { type RequestedContact, readContact } from "./contact.ts";
import type { RegisterPolicy } from "./policy.ts";

/** What a REGISTER asks for: read once, decided as often as its record is stale. */
export interface Registration {
  readonly callId: Octets;
  readonly cseq: number;
  /** "*" stands for all bindings, to be removed; none at all is a question (RFC 3261 §10.2.2, §10.2.3). */
  readonly contacts: readonly RequestedContact[] | "*";
  /** The Expires header, in seconds. */
  readonly expires: number | undefined;
}

/** How long an ended registration is remembered, in ms: longer than a function may run (29 s on API Gateway). */
const DEPARTURE = 60_000;

/** How many ended registrations are remembered, the latest: only somebody who means no good has more in a minute. */
const MAX_DEPARTURES = 20;

/** Throws `SipSyntaxError` or a `Refusal` for what no location could make right. */
export function readRegistration({ headers }: SipRequest): Registration {
  const callId = headers.first(CallId);
  const cseq = headers.first(CSeq)?.number;
  if (callId === undefined || cseq === undefined) throw new SipSyntaxError("CSeq", 0, "missing");
  const expires = headers.first(Expires);
  const given = headers.all(Contact);
  if (given.includes("*")) {
    // §10.3 step 6: "*" stands alone and only removes.
    if (given.length > 1) throw new SipSyntaxError("Contact", 0, '"*" beside another contact');
    if (expires !== 0) throw new SipSyntaxError("Expires", 0, 'must be 0 with Contact "*"');
    return { callId, cseq, contacts: "*", expires };
  }
  const contacts: RequestedContact[] = [];
  for (const contact of given) if (contact !== "*") contacts.push(readContact(contact));
  return { callId, cseq, contacts, expires };
}

/**
 * The location after a REGISTER that came over this connection: every contact is added, refreshed or removed, or, if
 * any of them cannot be, a `Refusal` is thrown and nothing changes (RFC 3261 §10.3 steps 6 and 7). `now` is in ms.
 */
export function register(
  asked: Registration,
  found: Location,
  connection: ConnectionId,
  now: number,
  policy: RegisterPolicy,
): Location {
  const before = current(found, now);
  if (asked.contacts === "*") return depart(asked, before, before.bindings, [], now);
  const staying = asked.contacts.filter((contact) => grantedSeconds(contact, asked, policy) > 0);
  const leaving = asked.contacts.filter((contact) => !staying.includes(contact));
  // Removals first: a device that changed networks sends its new contact and removes its old one (PJSIP, Linphone).
  const departing = before.bindings.filter((binding) => leaving.some((contact) => isOf(binding, contact)));
  let location = leaving.length === 0 ? before : depart(asked, before, departing, leaving, now);
  for (const contact of staying) {
    checkOrder(asked, contact, before);
    const expiresAt = now + grantedSeconds(contact, asked, policy) * 1000;
    location = put(location, contact, bindingFor(contact, asked, connection, expiresAt));
  }
  return location.bindings.length > policy.maxBindings ? shrunk(location, policy.maxBindings) : location;
}

function bindingFor(
  contact: RequestedContact,
  { callId, cseq }: Registration,
  connection: ConnectionId,
  expiresAt: number,
): Binding {
  const { key, uriText: uri, params, push } = contact;
  return { key, uri, params, callId, cseq, expiresAt, connection, push };
}

/** Seconds granted; 0 removes. Refuses what is too short, too long a text, or beyond our push services. */
function grantedSeconds(
  contact: RequestedContact,
  { expires }: Registration,
  policy: RegisterPolicy,
): number {
  const requested = contact.expires ?? expires ?? policy.defaultExpires;
  if (requested === 0) return 0;
  if (requested < policy.minExpires) {
    throw new Refusal(423, reasonPhrase(423), [headerLine(MinExpires, policy.minExpires)]);
  }
  if (contact.uriText.length + contact.params.length > policy.maxContact) {
    throw new Refusal(400, `Contact longer than ${policy.maxContact} octets`);
  }
  if (contact.push === undefined) return Math.min(requested, policy.maxExpires);
  if (!policy.pushProviders.includes(contact.push.provider)) throw new Refusal(555);
  return Math.min(requested, policy.maxPushExpires);
}

/** Whether a contact speaks of this binding: the same device, or, if it names no device, the same URI (§19.1.4). */
function isOf(binding: Binding, contact: RequestedContact): boolean {
  if (binding.key === contact.key) return true;
  return !contact.hasInstance && sameUri(parseSipUri(binding.uri), contact.uri);
}

/** REGISTERs with one Call-ID count up; one that is older than what it would change is refused (§10.3 step 7). */
function checkOrder({ callId, cseq }: Registration, contact: RequestedContact, before: Location): void {
  const binding = before.bindings.find((candidate) => isOf(candidate, contact));
  const repeated = binding?.cseq === cseq && binding.uri === contact.uriText;
  if (binding?.callId === callId && binding.cseq >= cseq && !repeated) throw outOfOrder();
  const hasLeft = (departure: Departure) =>
    departure.key === contact.key && departure.callId === callId && departure.cseq >= cseq;
  if (binding === undefined && before.departed.some(hasLeft)) throw outOfOrder();
}

function outOfOrder(): Refusal {
  return new Refusal(400, "CSeq Out of Order");
}

/** Without the bindings; the contacts that were to end are remembered even if their beginning is still to come. */
function depart(
  { callId, cseq }: Registration,
  location: Location,
  bindings: readonly Binding[],
  contacts: readonly RequestedContact[],
  now: number,
): Location {
  if (bindings.some((binding) => binding.callId === callId && binding.cseq > cseq)) throw outOfOrder();
  const until = now + DEPARTURE;
  const keys = new Set([...bindings, ...contacts].map(({ key }) => key));
  const others = location.departed.filter(
    (known) => known.callId !== callId || known.cseq > cseq || !keys.has(known.key),
  );
  const left = Array.from(keys, (key) => ({ key, callId, cseq, until }));
  return {
    ...location,
    bindings: location.bindings.filter((binding) => !bindings.includes(binding)),
    departed: [...others, ...left].slice(-MAX_DEPARTURES),
  };
}

function put(location: Location, contact: RequestedContact, binding: Binding): Location {
  const at = location.bindings.findIndex((existing) => isOf(existing, contact));
  const bindings = [...location.bindings];
  bindings[at < 0 ? bindings.length : at] = binding;
  return { bindings, waiting: location.waiting, departed: location.departed };
}

/** The dormant binding that ends first makes room; a live one never does, for what may be a dead one's sake. */
function shrunk(location: Location, maxBindings: number): Location {
  const dormant = location.bindings
    .filter(({ connection }) => connection === undefined)
    .sort((a, b) => a.expiresAt - b.expiresAt);
  const evicted = dormant.slice(0, location.bindings.length - maxBindings);
  const bindings = location.bindings.filter((binding) => !evicted.includes(binding));
  if (bindings.length > maxBindings) throw new Refusal(403, "Too Many Contacts");
  return { ...location, bindings };
}
