import type { ConnectionId } from "../location/ids.ts";
import { ABSENT } from "../ports.ts";
import { deadlineOf, endOfFork, type Fork, type Party } from "../proxy/fork.ts";
import { forkIdOf } from "../proxy/fork-id.ts";
import { checkHops } from "../proxy/forward.ts";
import { type Happening, happening } from "../proxy/happening.ts";
import { keepRequest } from "../proxy/kept-request.ts";
import { checkLoop } from "../proxy/loop-mark.ts";
import { openFork, type Target } from "../proxy/open-fork.ts";
import { checkProxyRequire } from "../proxy/proxy-require.ts";
import { popRoutes } from "../proxy/routes.ts";
import type { Aor } from "../sip/aor.ts";
import { format } from "../sip/format.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import { reply } from "../sip/reply.ts";
import { type App, isOurDomain } from "./app.ts";
import { identify } from "./identify.ts";
import { recordRefusal } from "./record-refusal.ts";
import { relayToDevice } from "./relay.ts";
import { act } from "./settle.ts";
import { type Callee, type Choice, calleeOf, targetsFor } from "./targets.ts";
import { toTagOf } from "./to-tag.ts";

/**
 * A request that begins something, for an AoR of ours (RFC 3261 §16.3 to §16.6): it goes to every device of the AoR at
 * once. An INVITE, or anything for several devices, gets a fork to decide between their answers; one that is no INVITE
 * and has one place to go is simply handed on.
 */
export async function forkRequest(app: App, from: ConnectionId, received: SipRequest): Promise<void> {
  checkHops(received);
  const { request } = popRoutes(received, (host) => isOurDomain(app, host));
  checkLoop(app.keyring, request, app.settings.domains[0]);
  checkProxyRequire(request);
  // §17.2.1: at once, before anything that may take its time.
  if (received.method === "INVITE") await app.edge.send(from, format(reply(received, 100)));
  const caller = await identify(app, from, received);
  if (request.method === "INVITE") return call(app, request, caller);
  const callee = calleeOf(app, request);
  const { targets } = await targetsFor(app, callee, caller, request);
  const [target, ...others] = targets;
  if (others.length === 0 && !target.hasOtherFlow) {
    return relayToDevice(app, from, request, caller, callee.aor, target);
  }
  await open(app, request, caller, callee.aor, targets, []);
}

/** A call, which leaves a word of what became of it also if it is refused. */
async function call(app: App, request: SipRequest, caller: Party): Promise<void> {
  const now = app.clock();
  let callee: Callee;
  let choice: Choice;
  try {
    callee = calleeOf(app, request);
    choice = await targetsFor(app, callee, caller, request);
  } catch (error) {
    await recordRefusal(app, request, caller, now, error);
    throw error;
  }
  const whom = callee.device === undefined ? "all devices" : "one device";
  const history = [happening(now, "called", undefined, whom), ...choice.considered];
  await open(app, request, caller, callee.aor, choice.targets, history);
}

/** The alarm first, then the record, then the deeds: a fork that exists is always looked at again. */
async function open(
  app: App,
  request: SipRequest,
  caller: Party,
  callee: Aor,
  targets: readonly Target[],
  history: readonly Happening[],
): Promise<void> {
  const { method } = request;
  const { timers } = app.settings;
  const now = app.clock();
  const id = forkIdOf(app.keyring, request);
  const { head, body } = keepRequest(request);
  const subject = { id, method, head, body, caller, callee, history };
  const [fork, effects] = openFork(subject, targets, now, timers);
  await app.alarms.set(id, deadlineOf(fork) ?? now);
  if ((await app.forks.swap(id, ABSENT, fork, endOfFork(fork, now, timers))) === "stale") {
    return repeat(app, fork, request);
  }
  app.log.info("forked", { fork: id, method, targets: targets.length });
  await act(app, fork, effects, request);
}

/**
 * The same request again, or one whose CANCEL was faster: no second fork, no second push (RFC 3261 §17.2.1). What has
 * been decided is said again; a 2xx is repeated by the device that sent it.
 */
async function repeat(app: App, { id, caller }: Fork, request: SipRequest): Promise<void> {
  const { value: known } = await app.forks.read(id);
  if (known === undefined || known.caller.aor !== caller.aor) throw new Refusal(482);
  if (known.final === undefined || known.final < 300 || caller.connection === undefined) return;
  const octets = known.best?.status === known.final ? known.best.octets : undefined;
  const answer = octets ?? format(reply(request, known.final, { toTag: toTagOf(app, request) }));
  await app.edge.send(caller.connection, answer);
}
