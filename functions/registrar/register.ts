import { deviceOf, instanceOf } from "../location/device.ts";
import { type Binding, current, type Departure, type Location } from "../location/location.ts";
import { isSameTarget, retargeted } from "../location/pushed.ts";
import { type Aor, domainOf } from "../sip/aor.ts";
import { MinExpires } from "../sip/fields.ts";
import { headerLine } from "../sip/headers.ts";
import { paramOf } from "../sip/params.ts";
import { reasonPhrase } from "../sip/reason-phrase.ts";
import { Refusal } from "../sip/refusal.ts";
import { parseSipUri, sameUri } from "../sip/uri.ts";
import type { Arrival } from "./arrival.ts";
import { beneathOf } from "./beneath.ts";
import type { RequestedContact } from "./contact.ts";
import {
  checkNotOvertaken,
  checkOrder,
  departures,
  isOvertaken,
  outOfOrder,
  remembering,
  takeovers,
} from "./order.ts";
import type { RegisterPolicy } from "./policy.ts";
import type { Registration } from "./registration.ts";
import { isAllowed } from "./web-push-target.ts";

/**
 * The location after a REGISTER: every contact is added, refreshed or removed, or, if any of them cannot be, a `Refusal`
 * is thrown and nothing changes (RFC 3261 §10.3 steps 6 and 7).
 */
export function register(
  asked: Registration,
  found: Location,
  arrival: Arrival,
  policy: RegisterPolicy,
): Location {
  const { now } = arrival;
  const before = current(found, now, policy.grace * 1000);
  const after =
    asked.contacts === "*"
      ? departAll(asked, before, arrival)
      : changed(asked, asked.contacts, before, arrival, policy);
  const location = remembering(after, takeovers(asked, before, after, arrival));
  return location.bindings.length > policy.maxBindings ? shrunk(location, policy.maxBindings) : location;
}

/** With the contacts that stay, without those that are to leave. */
function changed(
  asked: Registration,
  contacts: readonly RequestedContact[],
  before: Location,
  arrival: Arrival,
  policy: RegisterPolicy,
): Location {
  const { now } = arrival;
  const staying = contacts.filter((contact) => grantedSeconds(contact, asked, arrival, policy) > 0);
  if (staying.length > 1 && staying.some(({ regId }) => regId !== undefined)) {
    // RFC 5626 §6: one REGISTER, one flow.
    throw new Refusal(400, "reg-id Beside Another Contact");
  }
  const leaving = contacts.filter((contact) => !staying.includes(contact));
  // Removals first: a device that changed networks sends its new contact and removes its old one (PJSIP, Linphone).
  const departing = before.bindings.filter((binding) =>
    leaving.some((contact) => isEndOf(binding, contact, asked, before.departed)),
  );
  let location = leaving.length === 0 ? before : depart(asked, before, departing, leaving, now);
  for (const contact of staying) {
    const existing = before.bindings[indexOf(before.bindings, contact)];
    checkOrder(asked, contact, existing, before.departed);
    checkNotOvertaken(asked, contact, before.departed, arrival);
    const expiresAt = now + grantedSeconds(contact, asked, arrival, policy) * 1000;
    const binding = bindingFor(contact, asked, arrival, existing, expiresAt, before);
    location = put(location, contact, binding);
  }
  return location;
}

function bindingFor(
  contact: RequestedContact,
  { callId, cseq, path }: Registration,
  { connection, now, nonce }: Arrival,
  existing: Binding | undefined,
  expiresAt: number,
  before: Location,
): Binding {
  const { key, uriText: uri, params } = contact;
  const isContinued = existing?.callId === callId;
  const since = isContinued ? existing.since : now;
  const sibling = existing ?? before.bindings.find((other) => deviceOf(other.key) === deviceOf(key));
  // RFC 5627 §5.1: another Call-ID ends the temporary GRUUs; another flow of the device does not.
  const isNewEra = sibling === undefined || (existing !== undefined && !isContinued);
  const gruus = isNewEra ? { since: now, firstCseq: cseq } : sibling.gruus;
  const { push, pushed } = retargeted(existing, contact.push, isContinued);
  const reminded = undefined;
  return {
    key,
    uri,
    params,
    path,
    callId,
    cseq,
    since,
    gruus,
    refreshedAt: now,
    expiresAt,
    connection,
    push,
    pushed,
    reminded,
    nonce,
    beneath: beneathOf(existing, callId, connection),
  };
}

/**
 * Seconds granted; 0 removes. Refuses what is too short, too long a text, a loop, or beyond our push services. A token grants no
 * more than it has left, which may be less than the least: 423 would ask for what nobody can have.
 */
function grantedSeconds(
  contact: RequestedContact,
  { expires, path, isPushedByOther }: Registration,
  { aor, now, until }: Arrival,
  policy: RegisterPolicy,
): number {
  const least = contact.push === undefined ? policy.minExpires : policy.minPushExpires;
  const requested = contact.expires ?? expires ?? Math.max(least, policy.defaultExpires);
  if (requested === 0) return 0;
  if (requested < least) {
    throw new Refusal(423, reasonPhrase(423), [headerLine(MinExpires, least)]);
  }
  if (contact.uriText.length + contact.params.length + path.length > policy.maxContact) {
    throw new Refusal(400, `Contact longer than ${policy.maxContact} octets`);
  }
  if (leadsBack(contact, aor)) throw new Refusal(403, "Contact Is the Address Itself");
  const provider = contact.push?.provider ?? contact.asked ?? "";
  if (provider !== "" && !isPushedByOther && !policy.pushProviders.includes(provider)) throw new Refusal(555);
  if (contact.push !== undefined && !isAllowed(contact.push, policy.webPushHosts)) {
    throw new Refusal(403, "Push Service Not Allowed");
  }
  const most = contact.push === undefined ? policy.maxExpires : policy.maxPushExpires;
  const left = until === undefined ? most : Math.max(1, Math.floor((until - now) / 1000));
  return Math.min(requested, most, left);
}

/** Whether the contact is the AoR, or a GRUU of its domain: a call to it would come back to us (RFC 5627 §5.1). */
function leadsBack({ uri }: RequestedContact, aor: Aor): boolean {
  if (uri.host.toLowerCase() !== domainOf(aor)) return false;
  return paramOf(uri.params, "gr") !== undefined || sameUri(uri, parseSipUri(aor));
}

/** The binding that a contact speaks of: the same device, or the same URI unless both name devices (§19.1.4); -1 for none. */
function indexOf(bindings: readonly Binding[], contact: RequestedContact): number {
  const at = bindings.findIndex(({ key }) => key === contact.key);
  return at < 0 ? bindings.findIndex((binding) => hasSameUri(binding, contact)) : at;
}

function hasSameUri({ key, uri }: Binding, contact: RequestedContact): boolean {
  // A flow is its instance and reg-id, and nothing else (RFC 5626 §6).
  if (contact.regId !== undefined || (contact.hasInstance && instanceOf(key) !== undefined)) return false;
  return sameUri(parseSipUri(uri), contact.uri);
}

/**
 * Whether a contact that is to end means this binding. One that names no device is taken at its URI, or at its token if it
 * was registered so: a page's late goodbye must not end what the page registered since it was loaded anew.
 */
function isEndOf(
  binding: Binding,
  contact: RequestedContact,
  { callId }: Registration,
  departed: readonly Departure[],
): boolean {
  const isOwn = binding.callId === callId;
  if (!isOwn && isOvertaken(departed, contact.key, callId)) return false;
  if (binding.key === contact.key && (contact.hasInstance || isOwn)) return true;
  return !contact.hasInstance && hasSameUri(binding, contact);
}

/** Without any binding, each of which must be older than this (§10.3 step 6). */
function departAll(asked: Registration, location: Location, arrival: Arrival): Location {
  checkNotOvertaken(asked, "*", location.departed, arrival);
  const isOlder = ({ callId, cseq }: Binding) => callId !== asked.callId || cseq < asked.cseq;
  if (!location.bindings.every(isOlder)) throw outOfOrder();
  return depart(asked, location, location.bindings, [], arrival.now);
}

/** Without the bindings; the contacts that were to end are remembered even if their beginning is still to come. */
function depart(
  asked: Registration,
  location: Location,
  bindings: readonly Binding[],
  contacts: readonly RequestedContact[],
  now: number,
): Location {
  const isNewer = ({ callId, cseq }: Binding) => callId === asked.callId && cseq > asked.cseq;
  if (bindings.some(isNewer)) throw outOfOrder();
  const keys = new Set([...bindings, ...contacts].map(({ key }) => key));
  const left: Binding[] = [];
  for (const binding of location.bindings) {
    if (bindings.includes(binding)) continue;
    // Who takes leave when another has taken over is not to be gone back to.
    const isOver = binding.beneath?.callId === asked.callId && keys.has(binding.key);
    left.push(isOver ? { ...binding, beneath: undefined } : binding);
  }
  return remembering({ ...location, bindings: left }, departures(keys, asked, now));
}

/** In the place of what the device had before, also of what it had before it was installed anew. */
function put(location: Location, contact: RequestedContact, binding: Binding): Location {
  const at = indexOf(location.bindings, contact);
  const bindings = location.bindings.map((other) => inEraOf(binding, other));
  bindings[at < 0 ? bindings.length : at] = binding;
  const former = binding.push && bindings.find((other) => isReplaced(other, binding));
  return former === undefined
    ? { ...location, bindings }
    : replaced({ ...location, bindings }, former, binding);
}

/** A flow of the same device has the same temporary GRUUs. */
function inEraOf({ key, gruus }: Binding, other: Binding): Binding {
  if (other.gruus.since === gruus.since || deviceOf(other.key) !== deviceOf(key)) return other;
  return { ...other, gruus };
}

/** Without the former binding of a phone that has another one now; calls that wait for the phone wait for that. */
function replaced(location: Location, { key: former }: Binding, { key }: Binding): Location {
  const [was, is] = [deviceOf(former), deviceOf(key)];
  return {
    ...location,
    bindings: location.bindings.filter((binding) => deviceOf(binding.key) !== was),
    waiting: location.waiting.map((fork) => (fork.device === was ? { ...fork, device: is } : fork)),
  };
}

/** Whether a binding has the push target of another device: one phone has it, installed anew under a new instance. */
function isReplaced({ key, push }: Binding, { key: newer, push: target }: Binding): boolean {
  return push !== undefined && isSameTarget(push, target) && deviceOf(key) !== deviceOf(newer);
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
