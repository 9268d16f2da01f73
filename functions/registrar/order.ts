import type { BindingKey } from "../location/ids.ts";
import { type Binding, bindingOf, type Departure, type Location } from "../location/location.ts";
import type { Octets } from "../sip/octets.ts";
import { Refusal } from "../sip/refusal.ts";
import type { Arrival } from "./arrival.ts";
import type { RequestedContact } from "./contact.ts";
import type { Registration } from "./registration.ts";

// Functions that handle two REGISTERs at once may finish them in either order: here is which of them counts.

/** How long an ended registration is remembered, in ms: longer than a function may run (29 s on API Gateway). */
const DEPARTURE = 60_000;

/** How many ended registrations are remembered, the latest: only somebody who means no good has more in a minute. */
const MAX_DEPARTURES = 20;

/** REGISTERs with one Call-ID count up; one that is older than what it would change is refused (RFC 3261 §10.3 step 7). */
export function checkOrder(
  { callId, cseq }: Registration,
  contact: RequestedContact,
  existing: Binding | undefined,
  departed: readonly Departure[],
): void {
  const repeated = existing?.cseq === cseq && existing.uri === contact.uriText;
  if (existing?.callId === callId && existing.cseq >= cseq && !repeated) throw outOfOrder();
  const hasLeft = (departure: Departure) =>
    departure.key === contact.key && departure.callId === callId && departure.cseq >= cseq;
  if (existing === undefined && departed.some(hasLeft)) throw outOfOrder();
}

/**
 * Call-IDs have no order, but an app that is started anew takes another one, and what it said before may be handled after: of a
 * registration that another Call-ID has taken over, a REGISTER is refused that was received before that. One that was received since is
 * somebody else with the same instance, a second tab say, and counts.
 */
export function checkNotOvertaken(
  { callId }: Registration,
  contact: RequestedContact | "*",
  departed: readonly Departure[],
  { now, receivedAt = now }: Arrival,
): void {
  for (const { key, callId: former, overtakenAt } of departed) {
    if (former !== callId || overtakenAt === undefined || receivedAt > overtakenAt) continue;
    if (contact === "*" || contact.key === key) throw new Refusal(400, "Registered Anew Since");
  }
}

/** Whether the Call-ID's registration of this key was taken over by another's lately: its goodbye, whenever it comes, ends nothing. */
export function isOvertaken(departed: readonly Departure[], key: BindingKey, callId: Octets): boolean {
  return departed.some(
    (known) => known.key === key && known.callId === callId && known.overtakenAt !== undefined,
  );
}

export function outOfOrder(): Refusal {
  return new Refusal(400, "CSeq Out of Order");
}

/** What is to be remembered of registrations that were ended by a REGISTER which counted. */
export function departures(
  keys: Iterable<BindingKey>,
  { callId, cseq }: Registration,
  now: number,
): readonly Departure[] {
  return Array.from(keys, (key) => ({ key, callId, cseq, until: now + DEPARTURE }));
}

/** What is to be remembered of other Call-IDs' bindings that a REGISTER has ended, or put its own in the place of. */
export function takeovers(
  { callId: by }: Registration,
  before: Location,
  after: Location,
  { now, receivedAt = now }: Arrival,
): readonly Departure[] {
  const taken: Departure[] = [];
  if (after === before) return taken;
  for (const { key, callId, cseq } of before.bindings) {
    if (callId === by || bindingOf(after, key)?.callId === callId) continue;
    taken.push({ key, callId, cseq, until: now + DEPARTURE, overtakenAt: receivedAt });
  }
  return taken;
}

/** The location that remembers these, too. */
export function remembering(location: Location, added: readonly Departure[]): Location {
  if (added.length === 0) return location;
  const others = location.departed.filter((known) => !added.some((one) => saysMore(one, known)));
  return { ...location, departed: [...others, ...added].slice(-MAX_DEPARTURES) };
}

/** Whether what is known says nothing that this one does not. */
function saysMore(one: Departure, known: Departure): boolean {
  const isSame = one.key === known.key && one.callId === known.callId;
  return (
    isSame && one.cseq >= known.cseq && (known.overtakenAt === undefined || one.overtakenAt !== undefined)
  );
}
