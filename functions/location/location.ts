import type { Octets } from "../sip/octets.ts";
import { deviceOf } from "./device.ts";
import type { BindingKey, ConnectionId, ForkId, MessageId } from "./ids.ts";
import type { Watcher } from "./watcher.ts";

/** Where a push goes: the Contact's pn-* parameters, unescaped (RFC 8599 §4.1.1). */
export interface PushTarget {
  /** `apns`, `apns.dev`, `fcm`, `webpush`. */
  readonly provider: string;
  /** The app, in the provider's terms: `TEAMID.bundle.voip`, a project id. */
  readonly param: Octets;
  /** The device token. A secret: it leaves only towards the provider and its owner. */
  readonly prid: Octets;
  /** What a web push is encrypted for; without it, a browser gets pushes that say nothing (RFC 8599 §12). */
  readonly keys?: WebPushKeys;
}

/** A browser's keys, base64url (RFC 8291 §3.1): what `PushSubscription.toJSON()` calls `p256dh` and `auth`. */
export interface WebPushKeys {
  readonly p256dh: Octets;
  readonly auth: Octets;
}

/** What a push service calls a device that it was told of: kept, so that it need not be told again. */
export interface PushEndpoint {
  /** Whose it is, in the service's terms: `APNS_VOIP`. */
  readonly service: Octets;
  /** An ARN, say. */
  readonly id: Octets;
}

/** A nonce of ours, and how often a client has used it by now (`nc`, RFC 7616 §3.4). */
export interface NonceUse {
  /** What tells the nonce from others. */
  readonly id: Octets;
  readonly count: number;
}

/** What pushes to a device have taught us. */
export interface Pushed {
  /** Of the present target. */
  readonly endpoints: readonly PushEndpoint[];
  /** A token that its service called dead: given again, it is not taken. */
  readonly deadToken: Octets | undefined;
  /** Until when its budget is spent, as `budget.ts` counts, in ms since 1970; 0 for never. */
  readonly spentUntil: number;
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
  /** The Path that its REGISTER came with, as Route values (RFC 3327 §5.3); "" for a device that is our neighbour. */
  readonly path: Octets;
  readonly callId: Octets;
  readonly cseq: number;
  /** When it was first registered under this Call-ID, in ms since 1970. */
  readonly since: number;
  /** Which temporary GRUUs of its device hold: the same for all its flows (RFC 5627 §5.1). */
  readonly gruus: GruuEra;
  /** When it was last registered, in ms since 1970. */
  readonly refreshedAt: number;
  /** In ms since 1970. */
  readonly expiresAt: number;
  readonly connection: ConnectionId | undefined;
  readonly push: PushTarget | undefined;
  /** Undefined as long as it was not pushed. */
  readonly pushed: Pushed | undefined;
  /** The pushes that have asked it to register again since it last did. */
  readonly reminded: Reminded | undefined;
  /** The nonce by which its last REGISTER was proved; undefined if that was by a token. */
  readonly nonce?: NonceUse | undefined;
  /** What it was before another Call-ID took it over, as long as that one's connection lasts. */
  readonly beneath?: Beneath | undefined;
}

/**
 * A registration that another Call-ID's has taken the place of, while both are connected. Which of the two REGISTERs was the later one is not always to
 * be known; whose connection ends first is.
 */
export interface Beneath
  extends Pick<
    Binding,
    "uri" | "params" | "path" | "callId" | "cseq" | "since" | "refreshedAt" | "expiresAt"
  > {
  readonly connection: ConnectionId;
}

/** The temporary GRUUs that a device was given since some moment, in ms since 1970, and by which CSeq first. */
interface GruuEra {
  readonly since: number;
  readonly firstCseq: number;
}

/** How often a device was asked to refresh its registration, and when last, in ms since 1970 (RFC 8599 §5.5). */
interface Reminded {
  readonly times: number;
  readonly at: number;
}

/** A fork that waits for a sleeping device to register (the bucket of RFC 8599 §5.2). */
export interface WaitingFork {
  readonly fork: ForkId;
  /** The flow that the device had when it was pushed: the fork knows it by this. */
  readonly key: BindingKey;
  /** The device, by what it calls itself now (`device.ts`). */
  readonly device: string;
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
  /**
   * When the REGISTER of another Call-ID was received that took its place, in ms since 1970; undefined if it was ended by its own Call-ID.
   */
  readonly overtakenAt?: number;
}

/** That MESSAGEs are stored for an AoR. */
export interface Mail {
  /** The one that was stored last: another one tells that something has come since. */
  readonly latest: MessageId;
  /** When the last of them ends, in ms since 1970. */
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
  /** Who is told when it changes (RFC 3680). */
  readonly watchers: readonly Watcher[];
  /** Undefined if nothing is stored: a REGISTER then need not look for it. */
  readonly mail: Mail | undefined;
  /** When the record must be looked at, in ms since 1970: not later than something in it is due. */
  readonly dueAt: number | undefined;
}

export const NOWHERE: Location = {
  bindings: [],
  waiting: [],
  departed: [],
  watchers: [],
  mail: undefined,
  dueAt: undefined,
};

/**
 * Without what has run out. The same location if nothing has. `grace` is how long past its end a binding is still used, in
 * ms. Watchers stay: somebody must tell them that their time is over.
 */
export function current(location: Location, now: number, grace: number): Location {
  const { bindings, waiting, departed, mail } = location;
  const isLive = ({ expiresAt }: Binding) => expiresAt + grace > now;
  const isPending = ({ until }: { readonly until: number }) => until > now;
  const isMailOver = mail !== undefined && !isPending(mail);
  if (bindings.every(isLive) && waiting.every(isPending) && departed.every(isPending) && !isMailOver)
    return location;
  return {
    ...location,
    bindings: bindings.filter(isLive),
    waiting: waiting.filter(isPending),
    departed: departed.filter(isPending),
    mail: isMailOver ? undefined : mail,
  };
}

export function bindingOf(location: Location, key: BindingKey): Binding | undefined {
  return location.bindings.find((binding) => binding.key === key);
}

/**
 * The way to the device that this binding is a flow of (RFC 5626 §7): of those that are online the one that registered last,
 * else of those that sleep.
 */
export function flowTo({ bindings }: Location, key: BindingKey): Binding | undefined {
  const device = deviceOf(key);
  let best: Binding | undefined;
  for (const binding of bindings) {
    if (deviceOf(binding.key) !== device) continue;
    if (best === undefined || isBetter(binding, best)) best = binding;
  }
  return best;
}

/** Whether one flow of a device is to be tried before another. */
export function isBetter(one: Binding, other: Binding): boolean {
  const isOnline = one.connection !== undefined;
  if (isOnline !== (other.connection !== undefined)) return isOnline;
  return one.refreshedAt > other.refreshedAt;
}

/** When the record may be forgotten, in ms since 1970. */
export function endOf({ bindings, waiting, departed, watchers, mail }: Location, grace: number): number {
  let end = mail?.until ?? 0;
  for (const { expiresAt } of bindings) end = Math.max(end, expiresAt + grace);
  for (const { until } of waiting) end = Math.max(end, until);
  for (const { until } of departed) end = Math.max(end, until);
  for (const { until } of watchers) end = Math.max(end, until);
  return end;
}
