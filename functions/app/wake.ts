import { deviceOf } from "../location/device.ts";
import type { BindingKey } from "../location/ids.ts";
import { type Binding, flowTo, type Location, withoutPush, withWaiting } from "../location/location.ts";
import { isFlowOf } from "../proxy/branch-flows.ts";
import type { Fork } from "../proxy/fork.ts";
import type { ForkEffect, ForkEvent } from "../proxy/fork-event.ts";
import { Contact } from "../sip/fields.ts";
import { format } from "../sip/format.ts";
import { headerLine } from "../sip/headers.ts";
import type { SipRequest } from "../sip/message.ts";
import { octetsOf } from "../sip/octets.ts";
import { reply } from "../sip/reply.ts";
import type { App } from "./app.ts";
import { changeLocation, currently } from "./change-location.ts";
import { deliver } from "./deliver.ts";
import { makeRoom } from "./make-room.ts";
import { pushFor } from "./push-for.ts";
import { registeredEvent } from "./registered-event.ts";
import { toTagOf } from "./to-tag.ts";

/**
 * Lets a request wait for a device that sleeps, or that is silent and may not be there, and pushes (RFC 8599 §5.6.2). In
 * this order: it is noted in the location record first, where the device's REGISTER must find it; that swap also shows
 * whether the device has come online meanwhile, and then there is nothing to wake. The caller learns that it waits by a 182.
 */
export async function wake(
  app: App,
  fork: Fork,
  { branch: index, push: isToPush }: Extract<ForkEffect, { type: "wake" }>,
  request: SipRequest,
): Promise<ForkEvent | undefined> {
  const branch = fork.branches[index];
  if (branch?.state !== "waking" && branch?.state !== "calling") return undefined;
  const { key, until, mustRing } = branch;
  // It is waited for longer than it is wanted if a call must be shown to it.
  const end = mustRing ? until + app.settings.timers.transaction : until;
  const noted = { fork: fork.id, key, device: deviceOf(key), until: end };
  const note = () =>
    changeLocation(app, fork.callee, (found) => withWaiting(currently(app, found), [noted]) ?? found);
  const isNoted = ({ waiting }: Location) => waiting.some((one) => one.fork === fork.id && one.key === key);
  let location = await note();
  if (!isNoted(location)) {
    await makeRoom(app, fork.callee);
    location = await note();
  }
  const binding = flowTo(location, key);
  const isElsewhere = branch.state === "waking" || !isFlowOf(branch, binding?.connection);
  const registered = binding && isElsewhere ? registeredEvent(key, binding) : undefined;
  if (registered !== undefined) return { ...registered, isUnpushed: isToPush };
  if (!isNoted(location)) return { type: "unwakeable", key, reason: "too many calls wait for this user" };
  return isToPush ? push(app, fork, binding, { key, until }, request) : undefined;
}

async function push(
  app: App,
  fork: Fork,
  binding: Binding | undefined,
  { key, until }: { readonly key: BindingKey; readonly until: number },
  request: SipRequest,
): Promise<ForkEvent | undefined> {
  const target = binding?.push;
  if (binding === undefined || target === undefined)
    return { type: "unwakeable", key, reason: "it has no push token" };
  const { provider } = target;
  const message = pushFor(fork, request, until);
  const began = app.clock();
  const result = await app.push.send(target, message);
  app.log.info("pushed", { fork: fork.id, provider, outcome: result.outcome });
  if (result.outcome === "accepted") {
    await tellQueued(app, fork, request);
    const detail = `${provider} took it in ${app.clock() - began} ms, as ${result.id || "no id"}`;
    return { type: "pushed", key, detail: octetsOf(detail) };
  }
  if (result.outcome === "failed" && message.kind === "dialog") {
    // What is no call waits also for a phone that cannot be pushed without ringing: it may come by itself.
    await tellQueued(app, fork, request);
    return undefined;
  }
  if (result.outcome === "dead")
    await changeLocation(app, fork.callee, (found) => withoutPush(found, binding.key, target));
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
