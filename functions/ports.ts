import type { TokenSource } from "./auth/bearer.ts";
import type { Ha1s } from "./auth/digest.ts";
import type { Proof } from "./auth/proof.ts";
import type { Rights } from "./auth/rights.ts";
import type { BindingKey, ConnectionId, ForkId } from "./location/ids.ts";
import type { Location, PushEndpoint, PushTarget } from "./location/location.ts";
import type { Mailbox } from "./mailbox/mailbox.ts";
import type { Call } from "./proxy/call.ts";
import type { Fork } from "./proxy/fork.ts";
import type { KeptRequest } from "./proxy/kept-request.ts";
import type { PhonePush } from "./push/phone-push.ts";
import type { Aor } from "./sip/aor.ts";
import type { Octets } from "./sip/octets.ts";

/** The nine kinds of records, wherever they are kept. */
export interface Records {
  readonly locations: DueStore<Location>;
  readonly forks: RecordStore<Fork>;
  readonly connections: RecordStore<Connection>;
  readonly subscribers: RecordStore<Subscriber>;
  /** Under the fingerprint of the Call-ID, which may be longer than a key. */
  readonly calls: RecordStore<Call>;
  /** What is stored for each AoR. */
  readonly mailboxes: RecordStore<Mailbox>;
  /** What each stored MESSAGE says, under the AoR and its id. */
  readonly messages: RecordStore<KeptRequest>;
  /** Under the fingerprint of a device token. */
  readonly tokens: RecordStore<TokenOwner>;
  /** Under what they are for: a caller. */
  readonly budgets: RecordStore<Spending>;
}

/** What the core asks of the world. Expected outcomes are values; a rejected promise is a fault. */
export interface Ports extends Records {
  readonly edge: Edge;
  readonly push: Push;
  /** Undefined if nobody issues tokens. */
  readonly bearers?: Bearers | undefined;
  readonly alarms: Alarms;
  /** Ms since 1970. */
  readonly clock: () => number;
  readonly log: Log;
  readonly meter: Meter;
}

/**
 * Versioned records of one kind, changed only by compare-and-swap. A record's value is plain data (what JSON can
 * hold, and `undefined` for what is absent), and nobody changes one: whoever hands it over or reads it shares it with others.
 */
export interface RecordStore<Value> {
  /** The record as of now: every swap that has been answered is in it. */
  read(key: string): Promise<Stored<Value>>;
  /**
   * Replaces the record if nobody has written it since it was read: "stale" if somebody has. `undefined` removes it.
   * After `expiresAt` (ms since 1970; `Infinity` for never) it may be forgotten, and may still be found.
   */
  swap(
    key: string,
    read: Version,
    value: Value | undefined,
    expiresAt: number,
  ): Promise<"committed" | "stale">;
}

/**
 * Records that can say when somebody has to look at them, so that nobody has to look at all of them. A record is due from
 * then on until a swap says otherwise: whoever looks at it swaps it, or finds it again.
 */
export interface DueStore<Value> extends RecordStore<Value> {
  /** As every swap; and the record is due from `dueAt` on (ms since 1970, whole and not negative), or never without one. */
  swap(
    key: string,
    read: Version,
    value: Value | undefined,
    expiresAt: number,
    dueAt?: number,
  ): Promise<"committed" | "stale">;
  /**
   * The keys of at most `limit` (1 or more) records that are due as of `now` (ms since 1970), the longest due first. It is
   * a hint where to look, and not always of this moment: a record that has just been swapped or removed may still be
   * named, and one that has just become due may be missing until the next time. Who comes for a record reads it, and sees.
   */
  due(now: number, limit: number): Promise<readonly string[]>;
}

/** A record and the version to swap it by; `undefined` if there is none, which has a version too. */
export interface Stored<Value> {
  readonly value: Value | undefined;
  readonly version: Version;
}

/** Compared, never calculated with. One that was seen is never used again for another value of the record. */
export type Version = number;

/** The version of a record that does not exist. */
export const ABSENT: Version = 0;

/** What a connection has been used for, under its id. */
export interface Connection {
  /**
   * Whom it has registered, and under which keys: its user may call without being asked again, until the token ends that it
   * was registered with (ms since 1970), if it was one.
   */
  readonly registered: readonly {
    readonly aor: Aor;
    readonly key: BindingKey;
    readonly until?: number | undefined;
    /** What he may begin: in all entries of a user the same, as the last proof of his says. */
    readonly rights?: Rights | undefined;
  }[];
  /** Who else was proved over it, by a request of his or by a newer token: as good, as long as each says. Few, and the latest. */
  readonly proved?: readonly Proof[] | undefined;
  /** It has ended. What is registered over it after that is undone. */
  readonly closed: boolean;
}

/** A user of ours, under the AoR. */
export interface Subscriber {
  readonly ha1s: Ha1s;
  /** What he may begin; undefined if he is not restricted. */
  readonly rights?: Rights | undefined;
}

/** Whose phone a device token is: of all who ever registered it, the last one. */
export interface TokenOwner {
  readonly owner: Aor;
  /** Those who had it before, as long as it may still be found with them. */
  readonly formers: readonly Aor[];
}

/** What is left of a budget, as `budget.ts` counts. */
export interface Spending {
  /** In ms since 1970. */
  readonly spentUntil: number;
}

/** The edge that holds the connections. */
export interface Edge {
  /** Sends one SIP message. "gone": there is no such connection any more. */
  send(to: ConnectionId, message: Octets): Promise<"sent" | "gone">;
  /** Ends a connection; what its client says from now on is not heard. "gone": there is no such connection any more. */
  close(connection: ConnectionId): Promise<"closed" | "gone">;
  /**
   * Somebody claimed over a connection to be this user, who need not exist, and it turned out so ("stale": the nonce was; it
   * counts neither way). "too many": so many were wrong that this one must not count, whatever it was. Only an edge with a memory
   * has it; one that nobody proves anything to ends the connection after a while.
   */
  proof?(from: ConnectionId, user: Aor, verdict: "proved" | "stale" | "wrong"): "heard" | "too many";
}

/** Who issues tokens that say who somebody is (RFC 8898). */
export interface Bearers extends TokenSource {
  /**
   * Whose token it is, and until when. Anything that is not a good token of an issuer we trust, for us, and of a user of our
   * domains, is "invalid"; so is one that cannot be verified now. It never rejects.
   */
  verify(token: Octets): Promise<Verified | "expired" | "invalid">;
}

/** What a token says. */
export interface Verified {
  readonly aor: Aor;
  /** In ms since 1970; still to come. */
  readonly expiresAt: number;
  /** What it says of what its user may begin; undefined if it says nothing of that. */
  readonly rights?: Rights | undefined;
}

/** The push services. */
export interface Push {
  /**
   * Asks the service to give a device a push. What cannot be pushed to that device has "failed". `endpoints` are those that
   * earlier pushes to the same target answered. Gives up when the push is of no use any more (`expiresAt`).
   */
  send(target: PushTarget, push: PhonePush, endpoints?: readonly PushEndpoint[]): Promise<PushOutcome>;
}

/**
 * "accepted" promises nothing about a push's arrival; "dead": the token will never work again, and calls could not reach the
 * device either; "failed": it did not work this time.
 */
export type PushOutcome =
  | {
      readonly outcome: "accepted";
      /** The service's id for it; "" if it gave none. */
      readonly id: string;
      /** To be kept and handed over with the next push to this target, in the place of another one of its service. */
      readonly endpoint?: PushEndpoint;
    }
  | {
      readonly outcome: "dead" | "failed";
      /** In the service's words, for people. It does not hold the token, and is at most 256 characters long. */
      readonly reason: string;
    };

/** Reminders: at least once, never early by much, maybe late. */
export interface Alarms {
  /** `at` is in ms since 1970. */
  set(fork: ForkId, at: number): Promise<void>;
}

/** One line per event, not per step. Fields hold no bodies, credentials or tokens. */
export interface Log {
  /** Fields that cost something to make are made only if they are written. */
  debug(event: string, fields?: LogFields | (() => LogFields)): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Counts what happens, for those who watch. The values of a label are few, and say nothing of anybody. */
export interface Meter {
  /** One more of this sort. */
  count(what: Counted, labels: Labels): void;
  /** Something took so long, in ms. */
  time(what: Timed, ms: number): void;
}

export type Labels = Readonly<Record<string, string>>;

/**
 * `requests` that came: by `method`. `refusals` of requests: by `method` and `status`. `calls` that were decided: by `status`.
 * `pushes`: by `provider`, `kind` and `outcome`. `pushes withheld`, as too many went out: by `kind`, and whose `budget` is spent.
 * `tokens dropped`: by `why`. `sends` to connections that turned out `gone`. `stale swaps`: by `record`.
 */
export type Counted =
  | "requests"
  | "refusals"
  | "calls"
  | "pushes"
  | "pushes withheld"
  | "tokens dropped"
  | "gone"
  | "stale swaps";

/** `wake`: from the push for a call to the INVITE that its phone was then sent. */
export type Timed = "wake";
