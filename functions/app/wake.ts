import { deviceOf } from "../location/device.ts";
import type { BindingKey } from "../location/ids.ts";
import { type Binding, flowTo, type Location, type WaitingFork } from "../location/location.ts";
import { withPushSpent } from "../location/pushed.ts";
import { withWaiting } from "../location/waiting.ts";
import { isFlowOf } from "../proxy/branch-flows.ts";
import type { Fork } from "../proxy/fork.ts";
import type { ForkEffect, ForkEvent } from "../proxy/fork-event.ts";
import { spend } from "../push/budget.ts";
import type { PhonePush } from "../push/phone-push.ts";
import { Contact } from "../sip/fields.ts";
import { format } from "../sip/format.ts";
import { headerLine } from "../sip/headers.ts";
import type { SipRequest } from "../sip/message.ts";
import { octetsOf } from "../sip/octets.ts";
import { reply } from "../sip/reply.ts";
import type { App } from "./app.ts";
import { changeLocation, currently } from "./change-location.ts";
import { deliver } from "./deliver.ts";
import type { Tell } from "./drop-token.ts";
import { logName } from "./log-name.ts";
import { makeRoom } from "./make-room.ts";
import { pushDevice } from "./push-device.ts";
import { pushFor } from "./push-for.ts";
import { registeredEvent } from "./registered-event.ts";
import { spendPush } from "./spend-push.ts";
import { toTagOf } from "./to-tag.ts";

/**
 * Lets a request wait for a device that sleeps, or that is silent and may not be there, and pushes (RFC 8599 §5.6.2). In
 * this order: it is noted in the location record first, where the device's REGISTER must find it; that swap also shows
 * whether the device has come online meanwhile, and then there is nothing to wake, and takes the push from the device's
 * budget. The caller learns that it waits by a 182.
 */
export async function wake(
  app: App,
  fork: Fork,
  { branch: index, push: isToPush }: Extract<ForkEffect, { type: "wake" }>,
  request: SipRequest,
  tell: Tell,
): Promise<ForkEvent | undefined> {
  const branch = fork.branches[index];
  if (branch?.state !== "waking" && branch?.state !== "calling") return undefined;
  const { key, until, mustRing } = branch;
  const isElsewhere = (flow: Binding | undefined) =>
    flow?.connection !== undefined && (branch.state === "waking" || !isFlowOf(branch, flow.connection));
  // It is waited for longer than it is wanted if a call must be shown to it.
  const end = mustRing ? until + app.settings.timers.transaction : until;
  const noted = { fork: fork.id, key, device: deviceOf(key), until: end };
  // First: what a caller may not do must not cost the device anything.
  const mayPush = isToPush && (await spendPush(app, fork.caller, fork.callee, key));
  let place = await park(app, fork, noted, mayPush, isElsewhere);
  if (place.what === "full") {
    await makeRoom(app, fork.callee);
    place = await park(app, fork, noted, mayPush, isElsewhere);
  }
  const binding = flowTo(place.location, key);
  const registered = binding && isElsewhere(binding) ? registeredEvent(key, binding) : undefined;
  if (registered !== undefined) return { ...registered, isUnpushed: isToPush };
  if (place.what === "full") return { type: "unwakeable", key, reason: "too many calls wait for this user" };
  if (!isToPush) return undefined;
  const push = pushFor(fork, request, until);
  if (!mayPush) return withheld(app, fork, key, push, request, "caller");
  if (place.what === "spent") return withheld(app, fork, key, push, request, "device");
  return pushed(app, fork, binding, key, push, request, tell);
}

/** What the swap that notes a fork has found: noted, no room for it, or noted without a push, since too many went out. */
interface Place {
  readonly location: Location;
  readonly what: "noted" | "full" | "spent";
}

async function park(
  app: App,
  { callee }: Fork,
  noted: WaitingFork,
  mayPush: boolean,
  isElsewhere: (flow: Binding | undefined) => boolean,
): Promise<Place> {
  let what: Place["what"] = "noted";
  const location = await changeLocation(app, callee, (stored) => {
    const found = currently(app, stored);
    const waiting = withWaiting(found, [noted]);
    what = waiting === undefined ? "full" : "noted";
    if (waiting === undefined) return stored;
    const flow = flowTo(found, noted.key);
    if (!mayPush || flow?.push === undefined || isElsewhere(flow)) return waiting;
    const spentUntil = spend(flow.pushed?.spentUntil ?? 0, app.clock(), app.settings.wakes.perDevice);
    what = spentUntil === undefined ? "spent" : "noted";
    return spentUntil === undefined ? waiting : withPushSpent(waiting, flow.key, spentUntil);
  });
  return { location, what };
}

/** Too many pushes went out: nobody is woken, and nobody waits, unless for a phone that may come by itself. */
async function withheld(
  app: App,
  fork: Fork,
  key: BindingKey,
  { kind }: PhonePush,
  request: SipRequest,
  budget: "device" | "caller",
): Promise<ForkEvent | undefined> {
  app.meter.count("pushes withheld", { kind, budget });
  const names = { caller: logName(app, fork.caller.aor), callee: logName(app, fork.callee) };
  app.log.warn("push withheld", { fork: fork.id, kind, budget, ...names });
  if (kind === "dialog") {
    await tellQueued(app, fork, request);
    return undefined;
  }
  const reason =
    budget === "device" ? "it was pushed too often of late" : "its caller has woken too many phones of late";
  return { type: "unwakeable", key, reason };
}

async function pushed(
  app: App,
  fork: Fork,
  binding: Binding | undefined,
  key: BindingKey,
  push: PhonePush,
  request: SipRequest,
  tell: Tell,
): Promise<ForkEvent | undefined> {
  const provider = binding?.push?.provider;
  if (binding === undefined || provider === undefined)
    return { type: "unwakeable", key, reason: "it has no push token" };
  const began = app.clock();
  const result = await pushDevice(app, fork.callee, binding, push, tell);
  app.log.info("pushed", { fork: fork.id, provider, outcome: result.outcome });
  if (result.outcome === "accepted") {
    await tellQueued(app, fork, request);
    const detail = `${provider} took it in ${app.clock() - began} ms, as ${result.id || "no id"}`;
    return { type: "pushed", key, detail: octetsOf(detail) };
  }
  if (result.outcome === "failed" && push.kind === "dialog") {
    // What is no call waits also for a phone that cannot be pushed without ringing: it may come by itself.
    await tellQueued(app, fork, request);
    return undefined;
  }
  return { type: "unwakeable", key, reason: octetsOf(`${provider}: ${result.reason}`) };
}

/** Not those who hear it ring, whoever else is awaited; nor those who sent no INVITE (RFC 4320 §4.1). */
async function tellQueued(app: App, { caller, method, branches }: Fork, request: SipRequest): Promise<void> {
  const isRinging = branches.some(({ state }) => state === "proceeding");
  if (isRinging || method !== "INVITE") return;
  const response = format(queued(app, request));
  await deliver(app, caller, () => response);
}

/** With a Contact and a To tag: SIP.js drops a provisional response that has none. */
function queued(app: App, request: SipRequest) {
  // As the caller named it: a temporary GRUU does not say whose it is.
  const contact = headerLine(Contact, { display: undefined, uri: request.uri, params: [] });
  return reply(request, 182, { toTag: toTagOf(app, request), headers: [contact] });
}
