import { AcceptContact, Event, RejectContact } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { type Params, paramOf, readParams } from "../sip/params.ts";
import { Refusal } from "../sip/refusal.ts";
import { Scanner } from "../sip/scanner.ts";
import {
  explicitness,
  matches,
  type RegisteredFeatures,
  registeredFeatures,
  type WantedFeatures,
  wantedFeatures,
} from "./feature-set.ts";
import { only } from "./feature-values.ts";
import { qOf } from "./q-value.ts";

/**
 * Which of an AoR's contacts a request is for (RFC 3841 §7.2).
 *
 * Contacts register what they can do (RFC 3840). A request says what it wants in Accept-Contact and Reject-Contact, or
 * says nothing, and then wants a contact that knows its method. A contact of which only silence is known stays in the
 * game; scores tell the ones that said more from the ones that said less.
 */
export type CallerPreferences =
  /** What the caller asked for in so many words. It may be that nobody meets it. */
  | {
      readonly kind: "explicit";
      readonly accept: readonly Wish[];
      readonly reject: readonly WantedFeatures[];
    }
  /** What the request itself asks for (§7.2.2). */
  | { readonly kind: "implicit"; readonly method: Octets; readonly event: Octets | undefined };

/** One value of Accept-Contact. */
interface Wish {
  readonly features: WantedFeatures;
  /** Whoever does not match is not wanted at all. */
  readonly require: boolean;
  /** Whoever matches only because it says too little is not much wanted, or not at all if `require` is there too. */
  readonly explicit: boolean;
}

/** A contact in the game. */
interface Candidate<C> {
  readonly contact: C;
  readonly features: RegisteredFeatures;
  /** The callee's preference. */
  readonly q: number;
}

/** Comparing costs time, so there is an end to it (§11). */
export const MAX_PREFERENCES = 20;

/**
 * What a request wants of the contact that it is sent to. Throws `SipSyntaxError` if that cannot be read, and a `Refusal`
 * if it is too much (§11).
 */
export function callerPreferences({ method, headers }: SipRequest): CallerPreferences {
  if (!headers.has(AcceptContact) && !headers.has(RejectContact)) {
    // Other requests with an Event establish no subscription (§7.2.2.2).
    const event = method === "SUBSCRIBE" ? headers.first(Event)?.name : undefined;
    return { kind: "implicit", method, event };
  }
  const accept = headers.all(AcceptContact);
  const reject = headers.all(RejectContact);
  if (accept.length + reject.length > MAX_PREFERENCES) throw new Refusal(403, "Too Many Caller Preferences");
  return {
    kind: "explicit",
    accept: accept.map(wishOf),
    reject: reject.map((params) => wantedFeatures(params, RejectContact.name)),
  };
}

/**
 * The contacts that the request should go to, best first: by the callee's q, and among equals by how well they are known
 * to match; else in their order (§7.2.4). `paramsOf` answers a contact's header parameters as registered. Empty if
 * nobody is what the caller explicitly wants, which is answered 480; what is only implied leaves somebody if there was
 * somebody.
 */
export function matching<C>(
  preferences: CallerPreferences,
  contacts: readonly C[],
  paramsOf: (contact: C) => Octets,
): readonly C[] {
  if (preferences.kind === "explicit") {
    return chosen(candidates(contacts, paramsOf), preferences.accept, preferences.reject);
  }
  // Whoever is alone gets the request, if only to refuse it.
  if (contacts.length < 2) return contacts;
  const all = candidates(contacts, paramsOf);
  const capable = chosen(all, [impliedWish(preferences.method, preferences.event)], []);
  return capable.length > 0 ? capable : chosen(all, [], []);
}

function wishOf(params: Params): Wish {
  return {
    features: wantedFeatures(params, AcceptContact.name),
    require: paramOf(params, "require") !== undefined,
    explicit: paramOf(params, "explicit") !== undefined,
  };
}

/** A contact that knows the method, and the event package of a subscription (§7.2.2). */
function impliedWish(method: Octets, event: Octets | undefined): Wish {
  const features = new Map([["sip.methods", only(method)]]);
  if (event !== undefined) features.set("sip.events", only(event));
  return { features, require: true, explicit: false };
}

function candidates<C>(contacts: readonly C[], paramsOf: (contact: C) => Octets): readonly Candidate<C>[] {
  return contacts.map((contact) => {
    const params = readParams(new Scanner(paramsOf(contact), "Contact"));
    return { contact, features: registeredFeatures(params), q: qOf(params) };
  });
}

function chosen<C>(
  all: readonly Candidate<C>[],
  accept: readonly Wish[],
  reject: readonly WantedFeatures[],
): readonly C[] {
  return all
    .flatMap(({ contact, features, q }) => {
      const qa = callerQ(features, accept, reject);
      return qa === undefined ? [] : [{ contact, q, qa }];
    })
    .sort((a, b) => b.q - a.q || b.qa - a.qa)
    .map(({ contact }) => contact);
}

/** The caller's preference for a contact of these features, Qa, from 0 to 1; undefined if it must not get the request. */
function callerQ(
  features: RegisteredFeatures,
  accept: readonly Wish[],
  reject: readonly WantedFeatures[],
): number | undefined {
  // A contact that registered no features is immune to preferences (§7.2.3).
  if (features.size === 0) return 1;
  if (reject.some((unwanted) => isKnownToBe(features, unwanted))) return undefined;
  const scores: number[] = [];
  for (const wish of accept) {
    const score = scoreOf(features, wish);
    if (score === undefined && wish.require) return undefined;
    if (score !== undefined) scores.push(score);
  }
  // Nobody is preferred by a request that only says what it does not want.
  return accept.length === 0 ? 1 : averageOf(scores);
}

/** Whether the contact said of all these features that it has them. If none is named, none is unwanted. */
function isKnownToBe(features: RegisteredFeatures, unwanted: WantedFeatures): boolean {
  return unwanted.size > 0 && explicitness(features, unwanted) === 1 && matches(features, unwanted);
}

/** How well the contact is known to meet the wish (§7.2.4, Figure 1); undefined if it does not. */
function scoreOf(features: RegisteredFeatures, wish: Wish): number | undefined {
  if (!matches(features, wish.features)) return undefined;
  const score = explicitness(features, wish.features);
  if (score === 1 || !wish.explicit) return score;
  return wish.require ? undefined : 0;
}

/** A contact that meets no wish is the caller's last choice (§5.2). */
function averageOf(scores: readonly number[]): number {
  return scores.length === 0 ? 0 : scores.reduce((sum, score) => sum + score) / scores.length;
}
