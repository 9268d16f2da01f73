import type { Call } from "./call.ts";
import type { Device } from "./device.ts";
import type { Census, Run } from "./protocol.ts";

// What must hold of a soak, whatever has failed. Where a fault weakens what can be promised, it is said there by how much, as in
// test/races/invariants.ts; what is excused is counted.

/** All that was seen. */
export interface Seen {
  readonly calls: Iterable<Call>;
  readonly messages: ReadonlyMap<string, ReadonlyMap<Device, ReadonlySet<string>>>;
  readonly runs: Runs;
  /** Nothing was made to fail at the ports. */
  readonly isFaultless: boolean;
}

/** What was found: what must not be, and how often something was that a fault explains. */
export interface Found {
  readonly violations: string[];
  readonly excused: Record<string, number>;
}

/** The events that were handled, and what has failed in them. */
export class Runs {
  readonly #byCall = new Map<string, Run[]>();
  /** Connections whose end, or whose REGISTERs, met a fault. */
  readonly #hindered = new Set<string>();

  add(run: Run): void {
    const { what, callId, connection, hits } = run;
    const isHindered = hits.some(isFailure);
    if (isHindered && (what === "$disconnect" || what === "REGISTER")) this.#hindered.add(connection);
    if (!what.endsWith("INVITE") && what !== "MESSAGE") return;
    const runs = this.#byCall.get(callId);
    if (runs === undefined) this.#byCall.set(callId, [run]);
    else runs.push(run);
  }

  of({ id }: { readonly id: string }, what: string): readonly Run[] {
    return this.#byCall.get(id)?.filter((run) => run.what === what) ?? [];
  }

  wasHindered(connection: string): boolean {
    return this.#hindered.has(connection);
  }
}

function isFailure(hit: string): boolean {
  return !hit.endsWith(" slow") && !hit.endsWith(" stale");
}

function hasFailed({ hits }: Run): boolean {
  return hits.some(isFailure);
}

export function judgeCalls({ calls, messages, runs, isFaultless }: Seen): Found {
  const found: Found = { violations: [], excused: {} };
  const wrong = (what: string, excuse: boolean) => {
    if (!excuse || isFaultless) found.violations.push(what);
    else {
      const kind = what
        .replace(/^\S+ /, "")
        .replace(/ \(to .*/, "")
        .replace(/ p\d+/, " a phone");
      found.excused[kind] = (found.excused[kind] ?? 0) + 1;
    }
  };
  for (const call of calls) {
    const { id, finals, isCut, isCallerGone, rings } = call;
    const invites = runs.of(call, "INVITE");
    const successes = runs.of(call, "200 INVITE");
    // What a device has accepted comes again until there is an ACK; if a fault met each of these, nobody has heard of it.
    const isAnswerLost = successes.length > 0 && successes.every(hasFailed);
    if (finals.length === 0 && !isCut) {
      // The 500 of an INVITE that met a fault before it had a fork, and which met another one: Timer B tells its caller.
      const isRefusalLost = invites.some(({ hits }) =>
        hits.some((hit) => /^edge\.send [3-6]\d\d INVITE \S+ refused$/.test(hit)),
      );
      wrong(`${id} was never answered ${what(call)}`, isRefusalLost || isAnswerLost);
    }
    const failures = finals.filter(({ status }) => status >= 300);
    const hasSuccess = finals.some(({ status }) => status < 300);
    // If the write that makes a fork is done and its answer lost, its caller hears 500, and then its fork. So if the same INVITE comes twice and one of both fails.
    const isUncertain =
      failures.some(({ status }) => status === 500) &&
      (invites.some(({ hits }) => hits.includes("forks.swap unanswered")) ||
        (invites.length > 1 && invites.some(hasFailed)));
    if (failures.length > 1) wrong(`${id} was answered by ${statuses(call)}`, isUncertain);
    // A 2xx is never held back (RFC 3261 §16.7 step 5), though its device was given up.
    else if (hasSuccess && failures.some(({ status }) => ![408, 480, 487].includes(status)))
      wrong(`${id} was answered by ${statuses(call)}`, isUncertain);
    for (const [phone, { branches, final, isAcknowledged, isCancelled, isCut: isGone }] of rings) {
      if (branches.size > 1)
        wrong(
          `${id} called ${phone.name} by ${branches.size} transactions`,
          invites.length > 1 && invites.some(hasFailed),
        );
      if (final === 200 && !isAcknowledged && !isGone && !isCallerGone && !hasSuccess)
        wrong(`${id} was accepted, and its caller never heard of it ${what(call)}`, isAnswerLost);
      // A CANCEL that cannot be sent to a device is not sent again.
      if (final === undefined && !isCancelled && !isGone && !phone.isFrozen && finals.length > 0)
        wrong(`${id} rings on`, true);
    }
    if (isFaultless && !isCut) for (const each of unexpected(call)) found.violations.push(each);
  }
  for (const [id, got] of messages)
    for (const [phone, branches] of got)
      if (branches.size > 1) {
        // Nobody knows whether it came, and its phone has gone to sleep since: it is stored.
        const isUnknown = runs
          .of({ id }, "MESSAGE")
          .some(({ hits }) => hits.includes(`edge.send request ${id} unanswered`));
        wrong(`${id} came to ${phone.name} by ${branches.size} transactions`, isUnknown);
      }
  return found;
}

/** Without faults each call gets what its callee did; of one whose callee is not steadily there, or cancels, any of these. */
function unexpected(call: Call): string[] {
  const { id, finals, rings, cancelled, wasSteady } = call;
  const [final] = finals;
  if (final === undefined) return [];
  const done = new Set([...rings.values()].map((ring) => ring.final));
  const { status } = final;
  const isDone = (status === 487 && cancelled) || status === 480 || status === 408 || done.has(status);
  if (!isDone) return [`${id} was answered ${status}, which nobody said ${what(call)}`];
  const wanted = { answer: 200, decline: 603, busy: 486, ring: 408 }[call.plan];
  const mayBe = cancelled ? [wanted, 487] : [wanted];
  return wasSteady && !mayBe.includes(status)
    ? [`${id} was answered ${status} instead of ${mayBe.join(" or ")} ${what(call)}`]
    : [];
}

function statuses({ finals }: Call): string {
  return finals.map(({ status }) => status).join(", ");
}

function what({ user, plan, rings, provisional, cancelled, finals, placedAt }: Call): string {
  const devices = [...rings].map(([{ name }, ring]) => `${name} ${ring.final ?? "rings"}`).join(", ");
  return `(to ${user}, to ${plan}; ${provisional ? "provisionally answered, " : ""}${cancelled ? "cancelled, " : ""}${devices || "nobody rang"}; ${finals.map(({ status, at }) => `${status} after ${at - placedAt} ms`).join(", ")})`;
}

export function judgeCensus({ stuck, parked }: Census): readonly string[] {
  return [
    ...stuck.map((fork) => `a stuck fork: ${fork}`),
    ...parked.map((fork) => `a call waits beside its live device: ${fork}`),
  ];
}

/**
 * Bindings on connections that are not there. Weaker: an end, or a REGISTER, that met a fault, or whose process was killed; the
 * first send finds it.
 */
export function judgeGhosts({ bindings }: Census, runs: Runs, wasKilled: boolean): Found {
  const found: Found = { violations: [], excused: {} };
  for (const { user, connection, isHeld } of bindings) {
    if (connection === undefined || isHeld) continue;
    if (runs.wasHindered(connection) || wasKilled)
      found.excused["ghosts until the next send"] = (found.excused["ghosts until the next send"] ?? 0) + 1;
    else found.violations.push(`a ghost: ${user} is bound to ${connection}`);
  }
  return found;
}
