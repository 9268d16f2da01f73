import type { ConnectionId } from "../location/ids.ts";
import { asserting } from "../proxy/asserted-identity.ts";
import type { Party } from "../proxy/fork.ts";
import { checkHops } from "../proxy/forward.ts";
import { happening } from "../proxy/happening.ts";
import { checkLoop } from "../proxy/loop-mark.ts";
import type { Target } from "../proxy/open-fork.ts";
import { withoutOwnCredentials } from "../proxy/own-credentials.ts";
import { checkProxyRequire } from "../proxy/proxy-require.ts";
import { popRoutes } from "../proxy/routes.ts";
import { From } from "../sip/fields.ts";
import { format } from "../sip/format.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { reply } from "../sip/reply.ts";
import { type App, isOurDomain, isOurHost } from "./app.ts";
import { type Hints, identify, type Sender } from "./identify.ts";
import { open, openRefused } from "./open.ts";
import { isOurVia } from "./our-via.ts";
import { recordRefusal } from "./record-refusal.ts";
import { relayToDevice } from "./relay.ts";
import { storeMessage } from "./store-message.ts";
import { type Callee, type Choice, targetsFor } from "./targets.ts";
import { callerBy } from "./trunk-caller.ts";
import { Unreachable } from "./unreachable.ts";
import { allowedCallee, whereTo } from "./where-to.ts";

/**
 * A request that begins something, for an AoR of ours (RFC 3261 §16.3 to §16.6): it goes to every device of the AoR at
 * once. An INVITE, or anything for several devices, gets a fork to decide between their answers; one that is no INVITE
 * and has one place to go is simply handed on. A MESSAGE for somebody who is not there is stored; all else is 480.
 */
export async function forkRequest(
  app: App,
  from: ConnectionId,
  received: SipRequest,
  hints: Hints,
): Promise<void> {
  checkHops(received);
  const { request: popped } = popRoutes(received, (host) => isOurHost(app, host));
  const isOurs = (domain: string) => isOurDomain(app, domain);
  const request = withoutOwnCredentials(popped, isOurs, app.bearers !== undefined);
  checkLoop(app.keyring, request, (via) => isOurVia(app, via));
  checkProxyRequire(request);
  // §17.2.1: at once, before anything that may take its time.
  if (received.method === "INVITE") await app.edge.send(from, format(reply(received, 100)));
  const sender = await identify(app, from, received, hints);
  const caller = sender.trunk ? callerBy(app, sender.trunk, hints.received ?? received) : sender.party.aor;
  return begin(app, asserting(request, caller), sender);
}

/** For whom it is, whether its sender may reach him, and where that is. */
async function begin(app: App, request: SipRequest, sender: Sender): Promise<void> {
  if (request.method === "INVITE") return call(app, request, sender);
  const { party: caller } = sender;
  const callee = allowedCallee(app, request, sender);
  const targets = await targetsNow(app, callee, caller, request);
  const [target, ...others] = targets;
  if (target === undefined) return storeMessage(app, request, caller, callee);
  if (others.length === 0 && !target.hasOtherFlow) {
    const outcome = await relayToDevice(app, request, caller, callee.aor, target);
    if (outcome === "gone") await storeMessage(app, request, caller, callee);
    return;
  }
  await open(app, request, caller, callee.aor, targets, []);
}

/** The devices that a request that is no call goes to; none if the user is known, and cannot be reached now. */
async function targetsNow(
  app: App,
  callee: Callee,
  caller: Party,
  request: SipRequest,
): Promise<readonly Target[]> {
  try {
    return (await targetsFor(app, callee, caller, request)).targets;
  } catch (error) {
    if (error instanceof Unreachable && error.status === 480) return [];
    throw error;
  }
}

/** A call, which leaves a word of what became of it also if it is refused. */
async function call(app: App, request: SipRequest, sender: Sender): Promise<void> {
  const { party: caller } = sender;
  const now = app.clock();
  let callee: Callee;
  let choice: Choice;
  try {
    ({ callee, choice } = await whereTo(app, request, sender));
  } catch (error) {
    // Not for 404: that there is no such user is said again without a record.
    if (error instanceof Unreachable && error.status === 480) {
      const outcome = await openRefused(app, request, caller, error.callee, error.status);
      if (outcome === "repeated") return;
    }
    await recordRefusal(app, request, caller, now, error);
    throw error;
  }
  const history = [
    happening(now, "called", undefined, howCalled(request, callee, sender)),
    ...choice.considered,
  ];
  await open(app, request, caller, callee.aor, choice.targets, history);
}

/** For people: what was called, and through which trunk. */
function howCalled({ uri, headers }: SipRequest, { device, trunk: out }: Callee, { trunk }: Sender): Octets {
  if (out !== undefined) return `${uri}, through the trunk ${out.name}`;
  const whom = device === undefined ? "all devices" : "one device";
  return trunk === undefined ? whom : `${whom}, by the trunk ${trunk.name}, from ${headers.first(From)?.uri}`;
}
