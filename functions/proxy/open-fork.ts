import type { ConnectionId, ForkId } from "../location/ids.ts";
import type { Aor } from "../sip/aor.ts";
import type { Octets } from "../sip/octets.ts";
import type { Flow, Queued } from "./branch.ts";
import type { Fork, ForkTimers, Party } from "./fork.ts";
import type { Step } from "./fork-event.ts";
import { opened } from "./fork-history.ts";
import { nextTurn } from "./fork-turn.ts";
import type { Happening } from "./happening.ts";

/** A device that a request may go to. */
export interface Target extends Omit<Flow, "connection"> {
  /** Undefined while it sleeps. */
  readonly connection: ConnectionId | undefined;
  /** Whether it may be pushed for this request, now or when its connection turns out to be gone. */
  readonly mayWake: boolean;
  /** Whether a push to it must be followed by a call, wanted or not (iOS: PushKit). */
  readonly mustRing: boolean;
  /** Whether it could be tried again by another flow, should this one turn out to have failed (RFC 5626 §7). */
  readonly hasOtherFlow: boolean;
  /** Those of a later turn are tried when those before have failed. */
  readonly turn: number;
}

/** What a fork is about. */
export interface ForkSubject {
  readonly id: ForkId;
  readonly method: Octets;
  readonly head: Octets;
  readonly body: Octets;
  readonly caller: Party;
  readonly callee: Aor;
  /** What happened before there was a fork; nothing for what is no INVITE. */
  readonly history: readonly Happening[];
}

const UNDECIDED = { cancelled: false, best: undefined, challenges: [], final: undefined, owed: false };

/** A fork to these targets (RFC 3261 §16.6), and what is to be done once it is created: those of a turn all at once. */
export function openFork(
  subject: ForkSubject,
  targets: readonly Target[],
  now: number,
  timers: ForkTimers,
): Step<Fork> {
  const { id, method, head, body, caller, callee, history } = subject;
  const branches = targets.map(({ key, uri, path, connection, mayWake, mustRing, turn }): Queued => {
    const flow = connection === undefined ? undefined : { key, connection, uri, path };
    const push = mayWake ? "unsent" : "never";
    return { state: "queued", key, push, mustRing, turn, flow };
  });
  const undecided = { id, method, head, body, caller, callee, branches, ...UNDECIDED, history };
  const [fork, effects] = nextTurn(undecided, now, timers);
  return [opened(fork, effects, now), effects];
}

/** A fork that a CANCEL left behind because it overtook its INVITE: the INVITE finds it and is answered 487. */
export function cancelledFork(subject: ForkSubject): Fork {
  const { id, method, head, body, caller, callee, history } = subject;
  const decided = { ...UNDECIDED, cancelled: true, final: 487 };
  return { id, method, head, body, caller, callee, branches: [], ...decided, history };
}

/** A fork of a request that was refused: its repetition finds it, and is refused likewise (RFC 3261 §17.2.1). */
export function refusedFork(subject: ForkSubject, status: number): Fork {
  const { id, method, head, caller, callee, history } = subject;
  return { id, method, head, body: "", caller, callee, branches: [], ...UNDECIDED, final: status, history };
}
