import type { BindingKey, ConnectionId } from "../location/ids.ts";
import type { Octets } from "../sip/octets.ts";

/** One device that the request goes to. `until` is when we stop waiting for its next word, in ms since 1970. */
export type Branch =
  /** To be tried in its turn, when those before it have failed (RFC 3261 §16.6: sequential forking). */
  | Queued
  /** Asleep: the request waits for it to register (RFC 8599 §5.6.2). */
  | Waking
  /** Asleep and no longer wanted, but its platform wants a call to follow the push: it gets one, and its CANCEL. */
  | (Device & { readonly state: "late"; readonly until: number })
  /** Invited; nothing heard yet. */
  | (Invited & { readonly state: "calling" })
  /** Invited and no longer wanted; to be cancelled once it is heard from (RFC 3261 §9.1). */
  | (Invited & { readonly state: "doomed" })
  /** A provisional response was heard. */
  | (Invited & { readonly state: "proceeding" })
  /** A CANCEL was sent; the final response is awaited. */
  | (Invited & { readonly state: "cancelling" })
  | (Invited & { readonly state: "done"; readonly status: number })
  /** Over before anything was sent to it. */
  | (Device & { readonly state: "unreachable" });

/** What a branch knows of its device, whatever becomes of it. */
export interface Device {
  readonly key: BindingKey;
  readonly push: PushState;
  /** Whether a push to it must be followed by a call, wanted or not (iOS: PushKit). */
  readonly mustRing: boolean;
}

/**
 * Whether the device was pushed for this request, which happens once at most: "never": it is not to be; "sent": and has
 * not come yet; "heeded": and has registered since.
 */
type PushState = "never" | "unsent" | "sent" | "heeded";

/** A way to a device. */
export interface Flow {
  readonly key: BindingKey;
  readonly connection: ConnectionId;
  /** The Request-URI of what goes there: the device's contact. */
  readonly uri: Octets;
  /** The Route of what goes there (RFC 3327 §5.4); "" for none. */
  readonly path: Octets;
}

export type Queued = Device & {
  readonly state: "queued";
  /** Those of the lowest turn come first, all at once. */
  readonly turn: number;
  /** Undefined while it sleeps. */
  readonly flow: Flow | undefined;
};

export type Waking = Device & { readonly state: "waking"; readonly until: number };

/** A branch whose request has gone out, over its flow. */
export interface Invited extends Device, Flow {
  readonly until: number;
  /** When to look for another way to the device if nothing is heard of it; undefined once that was done, or for none. */
  readonly hedgeAt: number | undefined;
  /** Other flows that the same request has gone out over, the latest first: one of them may be the one that works. */
  readonly others: readonly Flow[];
  /** Over which of them the device was heard, the first one first. */
  readonly heard: readonly ConnectionId[];
  /** Whether it has said more than that it was tried (100). */
  readonly rings: boolean;
}

export type InvitedBranch = Extract<Branch, Invited>;

/** Whether the caller's answer still depends on this branch. One that is queued is no hindrance: see `conclude`. */
export function isOpen({ state }: Branch): boolean {
  switch (state) {
    case "waking":
    case "calling":
    case "proceeding":
    case "cancelling":
      return true;
    case "queued":
    case "late":
    case "doomed":
    case "done":
    case "unreachable":
      return false;
  }
}

/** When something is to be done about an open branch, in ms since 1970. */
export function deadlineOfBranch(branch: Branch): number | undefined {
  if (!isOpen(branch) || !("until" in branch)) return undefined;
  return branch.state === "calling" ? Math.min(branch.hedgeAt ?? branch.until, branch.until) : branch.until;
}

/** Whether the request may still have to be sent to this branch's device. */
export function needsRequest(branch: Branch, isAnswered: boolean): boolean {
  switch (branch.state) {
    case "queued":
    case "waking":
    case "late":
    case "calling":
    // A late device is doomed by the very step that sends it the request.
    case "doomed":
      return true;
    case "proceeding":
      // Its flow may turn out to have failed, as long as it does not ring.
      return !branch.rings;
    case "unreachable":
      return !isAnswered;
    case "cancelling":
    case "done":
      return false;
  }
}

/** A branch whose request goes out, or is out and on its way from one state to another. Nobody looks for another way any more. */
export function invited(
  state: "calling" | "doomed" | "proceeding" | "cancelling",
  { key, push, mustRing, connection, uri, path, others, heard, rings }: Invited,
  until: number,
): InvitedBranch {
  return {
    state,
    key,
    push,
    mustRing,
    connection,
    uri,
    path,
    until,
    hedgeAt: undefined,
    others,
    heard,
    rings,
  };
}

export function unreachable({ key, push, mustRing }: Device): Branch {
  return { state: "unreachable", key, push, mustRing };
}

/** The request goes out to the device for the first time. */
export function calling(
  { push, mustRing }: Device,
  { key, connection, uri, path }: Flow,
  until: number,
  hedgeAt: number | undefined,
): Branch & { readonly state: "calling" } {
  const unheard = { others: [], heard: [], rings: false };
  return { state: "calling", key, push, mustRing, connection, uri, path, until, hedgeAt, ...unheard };
}

export function done(branch: Invited, status: number): Branch & { readonly state: "done" } {
  const { key, push, mustRing, connection, uri, path, until, others, heard, rings } = branch;
  const past = { until, hedgeAt: undefined, others, heard, rings, status };
  return { state: "done", key, push, mustRing, connection, uri, path, ...past };
}

export function wasInvited(branch: Branch): branch is InvitedBranch {
  return "connection" in branch;
}

/** Whether the device was asked by a push to come, for this request. */
export function wasPushed({ push }: Device): boolean {
  return push === "sent" || push === "heeded";
}
