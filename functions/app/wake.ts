import { deviceOf } from "../location/device.ts";
import type { BindingKey } from "../location/ids.ts";
import { type Binding, flowTo, withoutPush, withWaiting } from "../location/location.ts";
import { isFlowOf } from "../proxy/branch-flows.ts";
import type { Fork } from "../proxy/fork.ts";
import type { ForkEffect, ForkEvent } from "../proxy/fork-event.ts";
import type { CallPush } from "../push/phone-push.ts";
import { CallId, Contact, From } from "../sip/fields.ts";
import { format } from "../sip/format.ts";
import { headerLine } from "../sip/headers.ts";
import type { SipRequest } from "../sip/message.ts";
import { octetsOf, textOf } from "../sip/octets.ts";
import { reply } from "../sip/reply.ts";
import { unquoted } from "../sip/scanner.ts";
import type { App } from "./app.ts";
import { changeLocation, currently } from "./change-location.ts";
import { deliver } from "./deliver.ts";
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
  const location = await changeLocation(
    app,
    fork.callee,
    (found) => withWaiting(currently(app, found), [noted]) ?? found,
  );
  const isNoted = location.waiting.some((waiting) => waiting.fork === fork.id && waiting.key === key);
  const binding = flowTo(location, key);
  const isElsewhere = branch.state === "waking" || !isFlowOf(branch, binding?.connection);
  const registered = binding && isElsewhere ? registeredEvent(key, binding) : undefined;
  if (registered !== undefined) return registered;
  if (!isNoted) return { type: "unwakeable", key, reason: "too many calls wait for this user" };
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
  const began = app.clock();
  const result = await app.push.send(target, callPushOf(fork, request, until));
  app.log.info("pushed", { fork: fork.id, provider, outcome: result.outcome });
  if (result.outcome === "accepted") {
    // Who hears it ring need not be told that somebody else is awaited.
    const isRinging = fork.branches.some(({ state }) => state === "proceeding");
    if (!isRinging) await deliver(app, fork.caller, format(queued(app, request)));
    const detail = `${provider} took it in ${app.clock() - began} ms, as ${result.id || "no id"}`;
    return { type: "pushed", key, detail: octetsOf(detail) };
  }
  if (result.outcome === "dead")
    await changeLocation(app, fork.callee, (found) => withoutPush(found, binding.key, target));
  return { type: "unwakeable", key, reason: octetsOf(`${provider}: ${result.reason}`) };
}

function callPushOf({ callee }: Fork, { headers }: SipRequest, expiresAt: number): CallPush {
  const from = headers.first(From);
  return {
    kind: "call",
    callId: textOf(headers.first(CallId) ?? ""),
    from: textOf(from?.uri ?? ""),
    name: textOf(unquoted(from?.display ?? "")),
    to: textOf(callee),
    expiresAt,
  };
}

/** With a Contact and a To tag: SIP.js drops a provisional response that has none. */
function queued(app: App, request: SipRequest) {
  // As the caller named it: a temporary GRUU does not say whose it is.
  const contact = headerLine(Contact, { display: undefined, uri: request.uri, params: [] });
  return reply(request, 182, { toTag: toTagOf(app, request), headers: [contact] });
}
