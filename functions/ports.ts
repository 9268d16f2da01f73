import type { Ha1s } from "./auth/digest.ts";
import type { BindingKey, ConnectionId, ForkId } from "./location/ids.ts";
import type { Location, PushTarget } from "./location/location.ts";
import type { Fork } from "./proxy/fork.ts";
import type { CallPush } from "./push/call-push.ts";
import type { Aor } from "./sip/aor.ts";
import type { Octets } from "./sip/octets.ts";

/** What the core asks of the world. Expected outcomes are values; a rejected promise is a fault. */
export interface Ports {
  readonly locations: RecordStore<Location>;
  readonly forks: RecordStore<Fork>;
  readonly connections: RecordStore<Connection>;
  readonly subscribers: RecordStore<Subscriber>;
  readonly edge: Edge;
  readonly push: Push;
  readonly alarms: Alarms;
  /** Ms since 1970. */
  readonly clock: () => number;
  readonly log: Log;
}

/**
 * Versioned records of one kind, changed only by compare-and-swap. A record's value is plain data (what JSON can
 * hold, and `undefined` for what is absent), and whoever hands one over does not change it any more.
 */
export interface RecordStore<Value> {
  /** The record as of now: every swap that has been answered is in it. */
  read(key: string): Promise<Stored<Value>>;
  /**
   * Replaces the record if nobody has written it since it was read: "stale" if somebody has. `undefined` removes it.
   * After `expiresAt` (ms since 1970) it may be forgotten, and may still be found.
   */
  swap(
    key: string,
    read: Version,
    value: Value | undefined,
    expiresAt: number,
  ): Promise<"committed" | "stale">;
}

/** A record and the version to swap it by; `undefined` if there is none, which has a version too. */
interface Stored<Value> {
  readonly value: Value | undefined;
  readonly version: Version;
}

/** Compared, never calculated with. One that was seen is never used again for another value of the record. */
export type Version = number;

/** The version of a record that does not exist. */
export const ABSENT: Version = 0;

/** What a connection has been used for, under its id. */
export interface Connection {
  /** Whom it has registered, and under which keys: its user may call without being asked again. */
  readonly registered: readonly { readonly aor: Aor; readonly key: BindingKey }[];
  /** It has ended. What is registered over it after that is undone. */
  readonly closed: boolean;
}

/** A user of ours, under the AoR. */
export interface Subscriber {
  readonly ha1s: Ha1s;
}

/** The edge that holds the connections. */
export interface Edge {
  /** Sends one SIP message. "gone": there is no such connection any more. */
  send(to: ConnectionId, message: Octets): Promise<"sent" | "gone">;
}

/** The push services. */
export interface Push {
  /**
   * Asks the service to wake a device for a call. "accepted" promises nothing about its arrival; "dead": the token
   * will never work again; "failed": it did not work this time.
   */
  wake(target: PushTarget, call: CallPush): Promise<"accepted" | "dead" | "failed">;
}

/** Reminders: at least once, never early by much, maybe late. */
export interface Alarms {
  /** `at` is in ms since 1970. */
  set(fork: ForkId, at: number): Promise<void>;
}

/** One line per event, not per step. Fields hold no bodies, credentials or tokens. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;
