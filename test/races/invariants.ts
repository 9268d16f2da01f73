import { deviceOf } from "../../functions/location/device.ts";
import type { Binding, Location } from "../../functions/location/location.ts";
import { deadlineOf, type Fork } from "../../functions/proxy/fork.ts";
import { aor } from "../../functions/sip/aor.ts";
import type { Call } from "./caller.ts";
import type { Invocation } from "./invocation.ts";
import type { Phone } from "./phone.ts";
import { TIMERS } from "./ports-of.ts";
import type { Cast } from "./scene.ts";
import { isHindered, isSkewed } from "./trouble.ts";
import type { World } from "./world.ts";

// What must hold of every story, whatever was interleaved. Each of these answers what does not, in words. Where a fault weakens what
// can be promised, it is said there by how much.

const USERS = ["bob", "carol"];

/** Whether a phone that comes this shortly before a call is given up still gets it depends on who is faster, in ms. */
const LAST = 1_000;

/** Looked at whenever there is nothing to do but to wait: what still hangs there hangs until an alarm. */
export function wrongAtRest(cast: Cast): readonly string[] {
  return [...parkedBesideLive(cast), ...ghosts(cast)];
}

/** Looked at when everything is over, and every deadline has passed. */
export function wrongInTheEnd(cast: Cast): readonly string[] {
  return [
    ...cast.world.wrongs,
    ...ghosts(cast),
    ...livesLost(cast),
    ...calledTwice(cast),
    ...finalsWrong(cast),
    ...answersLost(cast),
    ...givenUpEarly(cast),
    ...ringingOn(cast),
    ...disturbedAfterLeaving(cast),
    ...strangersCalled(cast),
    ...messagesTwice(cast),
    ...stuck(cast),
  ];
}

function locationOf(world: World, user: string): Location | undefined {
  return world.shelves.locations.read(aor(user, "localhost")).value as Location | undefined;
}

function forks(world: World): readonly Fork[] {
  return world.shelves.forks.values() as Fork[];
}

/**
 * No binding is on a connection whose end was handled, or was found out by a send. Weaker: a REGISTER that died, or that its records
 * failed, after it had written the binding cannot look for the tombstone any more; nor is there one of a connection that ended before
 * it had proved anything, if the answer that would have found that out was refused. The next send finds it.
 */
function ghosts({ world }: Cast): string[] {
  return USERS.flatMap((user) =>
    (locationOf(world, user)?.bindings ?? []).map((binding) => ({ user, binding })),
  )
    .filter(({ binding: { connection } }) => connection !== undefined && isGhost(world, connection))
    .map(({ user, binding }) => `a ghost: ${user} is bound to ${binding.connection}, which has ended`);
}

function isGhost(world: World, connection: string): boolean {
  const line = world.lines.get(connection);
  if (line === undefined || line.isOpen) return false;
  const isFound = line.finders.some(({ state, hits }) => state === "done" && hits.length === 0);
  if (!line.isEndTold && !isFound) return false;
  const isExcused = world.invocations.some(({ about, what, state, hits }) => {
    if (about !== connection || !what.startsWith("REGISTER")) return false;
    if (state === "dead" || hits.some((hit) => !hit.startsWith("sends"))) return true;
    return hits.length > 0 && !line.isKnown;
  });
  return !isExcused;
}

/**
 * A phone whose last REGISTER was answered with 200, over a connection that is open, is where it says. Weaker: REGISTERs under different
 * Call-IDs have no order (RFC 3261 §10.3 step 7), so that the *first* one of before the app was started anew counts, if it is handled after that,
 * as long as nobody knows that its connection has ended.
 */
function livesLost({ world, phones }: Cast): string[] {
  return phones.flatMap((phone) => {
    const { state } = phone;
    const { answered, asked } = state;
    if (answered === undefined || asked?.cseq !== answered.cseq || asked.callId !== answered.callId)
      return [];
    if (state.leaving !== undefined || !world.lines.get(answered.connection)?.isOpen) return [];
    const binding = bindingOf(world, phone);
    const { connection } = binding ?? {};
    if (connection === answered.connection) return [];
    if (connection !== undefined && wasOvertaken(world, phone)) return [];
    const where = binding === undefined ? "nowhere" : (connection ?? "asleep");
    return [
      `a live binding lost: ${phone.traits.name} is on ${answered.connection}, and is taken to be ${where}`,
    ];
  });
}

/**
 * Whether a REGISTER of another Call-ID, over another connection, was written after the one that the phone has heard of, and that
 * Call-ID had no binding before, in whose place the phone's would have been known to be the newer.
 */
function wasOvertaken({ invocations, lines }: World, { traits, state: { answered } }: Phone): boolean {
  const registers = invocations.filter(
    ({ what, about }) => what.startsWith("REGISTER") && about.startsWith(`${traits.name}/`),
  );
  const isLast = ({ text }: Invocation) => text.includes(`Call-ID: ${answered?.callId}\r\n`);
  const written = Math.min(...registers.filter(isLast).map(({ lookedAt }) => lookedAt));
  const wasBound = (callId: string) =>
    registers.some(({ about, text, lookedAt, hits }) => {
      const isKept = traits.push !== "none" || lines.get(about)?.isOpen;
      return isKept && lookedAt < written && hits.length === 0 && text.includes(callId);
    });
  return registers.some(
    (other) =>
      other.about !== answered?.connection &&
      !isLast(other) &&
      other.lookedAt > written &&
      !wasBound(/^Call-ID: .*\r$/m.exec(other.text)?.[0] ?? ""),
  );
}

function bindingOf(world: World, { state, instance }: Phone): Binding | undefined {
  return locationOf(world, state.user)?.bindings.find(({ key }) => deviceOf(key) === `<${instance}>`);
}

/**
 * No call waits for a device that is there. Weaker: whoever failed while he handled a REGISTER or a call leaves it to the alarm; and
 * functions whose clocks disagree by more than 5 s may take a call for given up that is not.
 */
function parkedBesideLive(cast: Cast): string[] {
  const { world } = cast;
  if (isHindered(cast.world) || isSkewed(cast.world)) return [];
  return forks(world).flatMap((fork) =>
    fork.branches.flatMap((branch) => {
      if (branch.state !== "waking" || branch.until <= world.now() + LAST) return [];
      const bindings =
        (world.shelves.locations.read(fork.callee).value as Location | undefined)?.bindings ?? [];
      const live = bindings.find(
        ({ key, connection }) =>
          deviceOf(key) === deviceOf(branch.key) &&
          connection !== undefined &&
          world.lines.get(connection)?.isOpen,
      );
      return live === undefined
        ? []
        : [`a call waits for ${branch.key}, which is there, on ${live.connection}`];
    }),
  );
}

/** Each device gets each call as one transaction: the same branch again is a retransmission. */
function calledTwice({ phones }: Cast): string[] {
  return phones.flatMap(({ traits, invited }) => {
    const branches = new Map<string, Set<string>>();
    for (const { callId, branch } of invited)
      branches.set(callId, (branches.get(callId) ?? new Set()).add(branch));
    return [...branches]
      .filter(([, each]) => each.size > 1)
      .map(([callId, each]) => `${traits.name} was called for ${callId} by ${each.size} transactions`);
  });
}

/**
 * The caller of an INVITE hears one failure, however often, or a success; a success may follow the 487 of a CANCEL that crossed it.
 * Weaker: if one run of an INVITE fails, and another of the same does not, both have answered;
 * and where the write that made the fork was done and its answer lost, a 500 goes out before the fork's own. If the function that took the INVITE died, or its records failed it, before there was a fork, nobody answers, and the
 * caller's Timer B tells it; nor can anybody tell a caller whose connection has ended.
 */
function finalsWrong(cast: Cast): string[] {
  const { world, caller } = cast;
  return caller.calls.flatMap((call) => {
    if (call.method !== "INVITE") return [];
    const failures = new Set(call.finals.filter(({ status }) => status >= 300).map(({ text }) => text));
    const statuses = call.finals.map(({ status }) => status).join(", ");
    const isRepeated = call.times > 1 || world.isTwice();
    const isExcused = isUncertain(world) || (isRepeated && isHindered(world));
    if (failures.size > 1 && !isExcused) return [`${call.id} was answered by several failures: ${statuses}`];
    if (call.finals.length > 0 || !world.lines.get(caller.connection())?.isOpen) return [];
    if (isForsaken(world)) return [];
    return hasFork(world, call) || !isHindered(cast.world) ? [`${call.id} was never answered`] : [];
  });
}

function isUncertain({ invocations }: World): boolean {
  return invocations.some(({ what, hits }) => what.startsWith("INVITE") && hits.includes("swaps"));
}

/** Whether a function took so long to make its fork that the alarm for it had gone off, and died before it could set it again, or could not. */
function isForsaken({ invocations }: World): boolean {
  return invocations.some(({ what, startedAt, diedAt, hits }) => {
    if (!what.startsWith("INVITE")) return false;
    const isLate = diedAt !== undefined && diedAt - startedAt >= TIMERS.hedge - LAST;
    return isLate || hits.some((hit) => hit.startsWith("sets an alarm"));
  });
}

function hasFork(world: World, { id }: Call): boolean {
  return forks(world).some(
    ({ head, branches }) => branches.length > 0 && head.includes(`Call-ID: ${id}\r\n`),
  );
}

/** What a phone has accepted, its caller hears of, if the phone stays there to say it again. */
function answersLost({ world, phones, caller }: Cast): string[] {
  return phones.flatMap(({ traits, ringing, state }) =>
    [...ringing.values()].flatMap(({ callId, said, connections, isAcknowledged }) => {
      const isThere = [...connections].every((id) => world.lines.get(id)?.isOpen) && !state.isFrozen;
      if (!said.includes(200) || !isThere || isAcknowledged) return [];
      const call = caller.calls.find(({ id }) => id === callId);
      if (!world.lines.get(caller.connection())?.isOpen) return [];
      const isHeard = call?.finals.some(({ status }) => status < 300);
      return isHeard ? [] : [`${traits.name} accepted ${callId}, and its caller never heard of it`];
    }),
  );
}

/** Nobody is given up before the bucket time who was pushed and may still come. Only if nothing failed and the clocks agree. */
function givenUpEarly(cast: Cast): string[] {
  const { world, phones, caller } = cast;
  if (
    isHindered(cast.world) ||
    world.invocations.some(({ skew, kind }) => skew !== 0 || kind === "token died")
  )
    return [];
  return caller.calls.flatMap(({ id, finals, placedAt = 0 }) => {
    const early = finals.find(
      ({ status, at }) =>
        (status === 480 || status === 408) && at - placedAt < Math.min(TIMERS.bucket, TIMERS.transaction),
    );
    if (early === undefined) return [];
    const awaited = phones.filter(
      ({ token, state, traits, invited }) =>
        traits.wakes &&
        state.leaving === undefined &&
        state.user === traits.user &&
        !invited.some(({ callId }) => callId === id) &&
        world.pushes.some(
          ({ target, push, outcome }) =>
            target.prid === token && push.kind === "call" && outcome === "accepted",
        ),
    );
    return awaited.map(({ traits }) => `${id} was given up while ${traits.name} might still come`);
  });
}

/**
 * Nothing rings when all is over: whatever said that it rings has had a CANCEL, or said its last word, or its connection has ended.
 * Weaker: a CANCEL that could not be sent, or whose function failed, is not sent again.
 */
function ringingOn(cast: Cast): string[] {
  if (isHindered(cast.world)) return [];
  const { world, phones } = cast;
  return phones.flatMap(({ traits, ringing, state }) =>
    [...ringing.values()]
      .filter(({ said, isCancelled, connections }) => {
        const isThere = [...connections].some((id) => world.lines.get(id)?.isOpen);
        return (
          said.length > 0 &&
          said.every((status) => status < 200) &&
          !isCancelled &&
          isThere &&
          !state.isFrozen
        );
      })
      .map(({ callId }) => `${traits.name} rings on for ${callId}`),
  );
}

/**
 * Once a phone's unREGISTER is written, nobody who looks at its location then calls or pushes it. Weaker than "after its 200": a call
 * that was on its way to the phone, or to its push service, by what the location said before, is not recalled.
 */
function disturbedAfterLeaving({ world, phones }: Cast): string[] {
  return phones.flatMap(({ traits, token, state, invited }) => {
    const { leftAt } = state;
    if (leftAt === undefined) return [];
    const pushed = world.pushes.filter(
      ({ target, push, lookedAt }) => target.prid === token && lookedAt > leftAt && push.kind !== "cancel",
    );
    const called = invited.filter(({ lookedAt }) => lookedAt > leftAt);
    return [
      ...pushed.map(({ push }) => `${traits.name} has left and was pushed (${push.kind})`),
      ...called.map(({ callId }) => `${traits.name} has left and was called (${callId})`),
    ];
  });
}

/**
 * Nobody's call reaches another, whosever phone it was; nor does a push for it, once the phone is registered as somebody else's: weaker,
 * as with who has left, for what was on its way.
 */
function strangersCalled({ world, phones }: Cast): string[] {
  const pushed = phones.flatMap(({ traits, token, state: { user, movedAt } }) =>
    world.pushes
      .filter(({ target, push, lookedAt }) => {
        const isForOther = !push.to.includes(`sip:${user}@`) && push.kind !== "cancel";
        return target.prid === token && movedAt !== undefined && isForOther && lookedAt > movedAt;
      })
      .map(({ push }) => `${traits.name} is ${user}'s, and was pushed for ${push.to}`),
  );
  const called = phones.flatMap(({ traits, invited }) =>
    invited
      .filter(({ to, connection }) => !to.includes(`sip:${world.lines.get(connection)?.user}@`))
      .map(({ to, connection }) => `${traits.name} was called over ${connection} for ${to}`),
  );
  return [...pushed, ...called];
}

/**
 * A MESSAGE comes to a device as one transaction (race r). Weaker: one that is handed on at once leaves nothing behind, so that its
 * repetition may be stored, and come again. No client repeats one over a WebSocket.
 */
function messagesTwice({ world, phones, caller }: Cast): string[] {
  const isRepeated = world.isTwice() || caller.calls.some(({ times }) => times > 1);
  return isRepeated
    ? []
    : phones.flatMap(({ traits, messages }) => {
        const branches = new Set(messages.map(({ branch, callId }) => `${callId} ${branch}`));
        const calls = new Set(messages.map(({ callId }) => callId));
        return branches.size > calls.size ? [`${traits.name} got a MESSAGE by several transactions`] : [];
      });
}

/** Nothing waits for ever, and nothing is owed. Weaker: see `isForsaken`. */
function stuck({ world }: Cast): string[] {
  if (isForsaken(world)) return [];
  return forks(world).flatMap((fork) => {
    const open = deadlineOf(fork);
    if (open !== undefined)
      return [`a call still waits: ${fork.branches.map(({ state }) => state).join(", ")}`];
    return fork.owed ? ["a failure is still owed"] : [];
  });
}
