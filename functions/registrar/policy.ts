import { WEB_PUSH_HOSTS } from "../location/push-host.ts";

/** What the registrar grants. All times in seconds. */
export interface RegisterPolicy {
  /** A shorter registration is refused with 423 (RFC 3261 §10.3 step 7). */
  readonly minExpires: number;
  /** What a client gets that does not ask. */
  readonly defaultExpires: number;
  /** The most a contact gets that is of no use without its connection. */
  readonly maxExpires: number;
  /**
   * A shorter registration of a contact that can be pushed is refused with 423: it would end before a push could have it
   * refreshed (RFC 8599 §5.6.1.1).
   */
  readonly minPushExpires: number;
  /** The most a contact gets that can be pushed: a phone that was off for a weekend still rings. */
  readonly maxPushExpires: number;
  /**
   * How long past its end a binding is still used. Clients refresh in the last moments (SIP.js at 99 % of the interval),
   * and clocks differ.
   */
  readonly grace: number;
  /** How often a client shall prove that its flow works (RFC 5626 §4.4). */
  readonly flowTimer: number;
  /** Contacts per AoR. */
  readonly maxBindings: number;
  /** Octets of one Contact, push token and Path included. */
  readonly maxContact: number;
  /** The push services that we can reach (RFC 8599 §5.6.1.1); any other is refused with 555. */
  readonly pushProviders: readonly string[];
  /** Where browsers may have their pushes sent (`push-host.ts`). */
  readonly webPushHosts: readonly string[];
  /** The public key that our web pushes are signed with, base64url, for browsers to subscribe with (RFC 8292 §4). */
  readonly vapidKey: string | undefined;
}

const DAY = 86_400;

export const DEFAULT_REGISTER_POLICY: RegisterPolicy = {
  minExpires: 60,
  defaultExpires: 3_600,
  maxExpires: 3_600,
  minPushExpires: 180,
  maxPushExpires: 30 * DAY,
  grace: 5,
  flowTimer: 300,
  maxBindings: 10,
  maxContact: 2_048,
  pushProviders: ["apns", "apns.dev", "fcm", "webpush"],
  webPushHosts: WEB_PUSH_HOSTS,
  vapidKey: undefined,
};

/** A client refreshes at the latest at this part of what cuts its idle connection (SIP.js: 99 % of what it was granted). */
const PART_OF_IDLE = 0.8;

/**
 * The policy on an edge that cuts connections that are idle for so many seconds (API Gateway: 600): a client without push
 * refreshes before that. One that can be pushed keeps its long registration, which is worth more than its connection.
 */
export function onImpatientEdge(policy: RegisterPolicy, idleLimit: number): RegisterPolicy {
  const most = Math.floor(idleLimit * PART_OF_IDLE);
  return {
    ...policy,
    minExpires: Math.min(policy.minExpires, most),
    defaultExpires: Math.min(policy.defaultExpires, most),
    maxExpires: Math.min(policy.maxExpires, most),
    flowTimer: Math.min(policy.flowTimer, most),
  };
}
