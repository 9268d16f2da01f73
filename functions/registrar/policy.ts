/** What the registrar grants. All times in seconds. */
export interface RegisterPolicy {
  /** A shorter registration is refused with 423 (RFC 3261 §10.3 step 7). */
  readonly minExpires: number;
  /** What a client gets that does not ask. */
  readonly defaultExpires: number;
  /** The most a contact gets that is of no use without its connection. */
  readonly maxExpires: number;
  /** The most a contact gets that can be pushed: a phone that was off for a weekend still rings. */
  readonly maxPushExpires: number;
  /** Contacts per AoR. */
  readonly maxBindings: number;
  /** Octets of one Contact, push token included. */
  readonly maxContact: number;
  /** The push services that we can reach (RFC 8599 §5.6.1.1); any other is refused with 555. */
  readonly pushProviders: readonly string[];
}

const DAY = 86_400;

export const DEFAULT_REGISTER_POLICY: RegisterPolicy = {
  minExpires: 60,
  defaultExpires: 3_600,
  maxExpires: 3_600,
  maxPushExpires: 30 * DAY,
  maxBindings: 10,
  maxContact: 2_048,
  pushProviders: ["apns", "apns.dev", "fcm"],
};
