import type { Octets } from "../sip/octets.ts";
import type { BindingKey, ConnectionId, ForkId } from "./ids.ts";

/** Where a push goes: the Contact's pn-* parameters, unescaped (RFC 8599 §4.1.1). */
export interface PushTarget {
  /** `apns`, `apns.dev`, `fcm`. */
  readonly provider: string;
  /** The app, in the provider's terms: `TEAMID.bundle.voip`, a project id. */
  readonly param: Octets;
  /** The device token. A secret: it leaves only towards the provider and its owner. */
  readonly prid: Octets;
}

/**
 * One contact of an AoR. It is *online* while it has a connection and *dormant* when it has none but can be pushed;
 * one that is neither is not kept.
 */
export interface Binding {
  readonly key: BindingKey;
  /** The Contact's URI as registered, pn-* parameters included. */
  readonly uri: Octets;
  /** The Contact's header parameters as registered, `expires` excepted: `;reg-id=1;+sip.instance="…"`. */
  readonly params: Octets;
  readonly callId: Octets;
  readonly cseq: number;
  /** In ms since 1970. */
  readonly expiresAt: number;
  readonly connection: ConnectionId | undefined;
  readonly push: PushTarget | undefined;
}

/** A fork that waits for a sleeping device to register (the bucket of RFC 8599 §5.2). */
export interface WaitingFork {
  readonly fork: ForkId;
  readonly key: BindingKey;
  /** In ms since 1970. */
  readonly until: number;
}

/**
 * A registration that was ended, remembered for as long as an older REGISTER of its may still be on its way: functions
 * that handle two frames at once may finish them in either order.
 */
export interface Departure {
  readonly key: BindingKey;
  readonly callId: Octets;
  readonly cseq: number;
  /** In ms since 1970. */
  readonly until: number;
}

/**
 * All that is known of where an AoR can be reached: one record, so that one compare-and-swap changes all of it
 * (RFC 3261 §10.3 step 7), and so that a REGISTER and an INVITE that parks cannot miss each other.
 */
export interface Location {
  readonly bindings: readonly Binding[];
  readonly waiting: readonly WaitingFork[];
  readonly departed: readonly Departure[];
}

export const NOWHERE: Location = { bindings: [], waiting: [], departed: [] };

/**
 * How long past its end a binding is still used, in ms. Clients refresh in the last moments (SIP.js at 99 % of the
 * interval), and clocks differ.
 */
export const GRACE = 5_000;

/** How many forks may wait on one AoR; an INVITE beyond finds nobody (480). */
export const MAX_WAITING = 32;

/** Without what has run out. The same location if nothing has. */
export function current(location: Location, now: number): Location {
  const { bindings, waiting, departed } = location;
  const isLive = ({ expiresAt }: Binding) => expiresAt + GRACE > now;
  const isPending = ({ until }: { readonly until: number }) => until > now;
  if (bindings.every(isLive) && waiting.every(isPending) && departed.every(isPending)) return location;
  return {
    bindings: bindings.filter(isLive),
    waiting: waiting.filter(isPending),
    departed: departed.filter(isPending),
  };
}

export function bindingOf(location: Location, key: BindingKey): Binding | undefined {
  return location.bindings.find((binding) => binding.key === key);
}

/**
 * What is left when a connection has ended: its bindings are asleep if they can be pushed, else gone (RFC 5626 §7,
 * RFC 8599 §5.5). Only those that are *still* on it: one that has meanwhile registered elsewhere stays. The same
 * location if it had none.
 */
export function withoutConnection(location: Location, connection: ConnectionId): Location {
  if (!location.bindings.some((binding) => binding.connection === connection)) return location;
  return {
    ...location,
    bindings: location.bindings.flatMap((binding) => {
      if (binding.connection !== connection) return [binding];
      return binding.push === undefined ? [] : [{ ...binding, connection: undefined }];
    }),
  };
}

/** Without a device token that its provider calls dead; a newer token stays. The same location if it had none. */
export function withoutPush(location: Location, key: BindingKey, dead: PushTarget): Location {
  const held = bindingOf(location, key)?.push;
  if (held?.provider !== dead.provider || held.prid !== dead.prid) return location;
  return {
    ...location,
    bindings: location.bindings.flatMap((binding) => {
      if (binding.key !== key) return [binding];
      return binding.connection === undefined ? [] : [{ ...binding, push: undefined }];
    }),
  };
}

/** With forks that wait for devices. Undefined if too many wait already. */
export function withWaiting(location: Location, added: readonly WaitingFork[]): Location | undefined {
  const others = location.waiting.filter(
    (other) => !added.some(({ fork, key }) => other.fork === fork && other.key === key),
  );
  const waiting = [...others, ...added];
  return waiting.length > MAX_WAITING ? undefined : { ...location, waiting };
}

/** When the record may be forgotten, in ms since 1970. */
export function endOf({ bindings, waiting, departed }: Location): number {
  let end = 0;
  for (const { expiresAt } of bindings) end = Math.max(end, expiresAt + GRACE);
  for (const { until } of waiting) end = Math.max(end, until);
  for (const { until } of departed) end = Math.max(end, until);
  return end;
}
