import type { BindingKey, ConnectionId, ForkId } from "../location/ids.ts";
import type { Aor } from "../sip/aor.ts";
import type { Octets } from "../sip/octets.ts";
import type { Branch } from "./branch.ts";
import type { Fork, ForkTimers, Party } from "./fork.ts";
import type { ForkEffect, Step } from "./fork-event.ts";

/** A device that a request may go to. */
export interface Target {
  readonly key: BindingKey;
  /** Its Request-URI. */
  readonly uri: Octets;
  /** Its Route; "" for none. */
  readonly path: Octets;
  /** Undefined while it sleeps. */
  readonly connection: ConnectionId | undefined;
  /** Whether a push to it must be followed by a call, wanted or not (iOS: PushKit). */
  readonly mustRing: boolean;
  /** Whether it could be tried again by another flow, should this one turn out to have failed (RFC 5626 §7). */
  readonly hasOtherFlow: boolean;
}

/** What a fork is about. */
export interface ForkSubject {
  readonly id: ForkId;
  readonly method: Octets;
  readonly head: Octets;
  readonly body: Octets;
  readonly caller: Party;
  readonly callee: Aor;
}

/** A fork to these targets, all at once (RFC 3261 §16.6), and what is to be done once it is created. */
export function openFork(
  subject: ForkSubject,
  targets: readonly Target[],
  now: number,
  timers: ForkTimers,
): Step<Fork> {
  const { id, method, head, body, caller, callee } = subject;
  const patience = method === "INVITE" ? timers.timerC : timers.transaction;
  const branches = targets.map(({ key, uri, path, connection, mustRing }): Branch => {
    if (connection === undefined) return { state: "waking", key, until: now + timers.bucket, mustRing };
    return { state: "calling", key, connection, uri, path, until: now + patience };
  });
  const effects = branches.map(
    ({ state }, branch): ForkEffect => ({ type: state === "waking" ? "wake" : "invite", branch }),
  );
  const undecided = { cancelled: false, best: undefined, final: undefined, owed: false };
  return [{ id, method, head, body, caller, callee, branches, ...undecided }, effects];
}

/** A fork that a CANCEL left behind because it overtook its INVITE: the INVITE finds it and is answered 487. */
export function cancelledFork(subject: ForkSubject): Fork {
  const { id, method, head, body, caller, callee } = subject;
  const decided = { cancelled: true, best: undefined, final: 487, owed: false };
  return { id, method, head, body, caller, callee, branches: [], ...decided };
}
