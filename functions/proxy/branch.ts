import type { BindingKey, ConnectionId } from "../location/ids.ts";
import type { Octets } from "../sip/octets.ts";

/** One device that the request goes to. `until` is when we stop waiting for its next word, in ms since 1970. */
export type Branch =
  /** Asleep: pushed, and the request waits for it to register (RFC 8599 §5.6.2). */
  | { readonly state: "waking"; readonly key: BindingKey; readonly until: number; readonly mustRing: boolean }
  /** Asleep and no longer wanted, but its platform wants a call to follow the push: it gets one, and its CANCEL. */
  | { readonly state: "late"; readonly key: BindingKey; readonly until: number }
  /** Invited; nothing heard yet. */
  | ({ readonly state: "calling" } & Invited)
  /** Invited and no longer wanted; to be cancelled once it is heard from (RFC 3261 §9.1). */
  | ({ readonly state: "doomed" } & Invited)
  /** A provisional response was heard. */
  | ({ readonly state: "proceeding" } & Invited)
  /** A CANCEL was sent; the final response is awaited. */
  | ({ readonly state: "cancelling" } & Invited)
  | ({ readonly state: "done"; readonly status: number } & Invited)
  /** Over before anything was sent to it. */
  | { readonly state: "unreachable"; readonly key: BindingKey };

/** A way to a device. */
export interface Flow {
  readonly key: BindingKey;
  readonly connection: ConnectionId;
  /** The Request-URI of what goes there: the device's contact. */
  readonly uri: Octets;
  /** The Route of what goes there (RFC 3327 §5.4); "" for none. */
  readonly path: Octets;
}

/** What a branch keeps once its request has gone out. */
export interface Invited extends Flow {
  readonly until: number;
}

/** A branch whose request has gone out. */
export type InvitedBranch = Extract<Branch, Invited>;

/** Whether the caller's answer still depends on this branch. */
export function isOpen({ state }: Branch): boolean {
  switch (state) {
    case "waking":
    case "calling":
    case "proceeding":
    case "cancelling":
      return true;
    case "late":
    case "doomed":
    case "done":
    case "unreachable":
      return false;
  }
}

/** Whether the request may still have to be sent to this branch's device. */
export function needsRequest({ state }: Branch, isAnswered: boolean): boolean {
  switch (state) {
    case "waking":
    case "late":
    case "calling":
    // A late device is doomed by the very step that sends it the request.
    case "doomed":
      return true;
    case "unreachable":
      return !isAnswered;
    case "proceeding":
    case "cancelling":
    case "done":
      return false;
  }
}

/** A branch whose request is out, on its way from one state to another. */
export function invited(
  state: "calling" | "doomed" | "proceeding" | "cancelling",
  { key, connection, uri, path }: Flow,
  until: number,
): Branch {
  return { state, key, connection, uri, path, until };
}

export function late({ key, until }: Extract<Branch, { state: "waking" }>): Branch {
  return { state: "late", key, until };
}

export function done({ key, connection, uri, path, until }: Invited, status: number): Branch {
  return { state: "done", key, connection, uri, path, until, status };
}

export function wasInvited(branch: Branch): branch is InvitedBranch {
  return "connection" in branch;
}
