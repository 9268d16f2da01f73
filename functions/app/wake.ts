import { deviceOf } from "../location/device.ts";
import { flowTo, withoutPush, withWaiting } from "../location/location.ts";
import type { Branch } from "../proxy/branch.ts";
import type { Fork } from "../proxy/fork.ts";
import type { ForkEvent } from "../proxy/fork-event.ts";
import type { CallPush } from "../push/call-push.ts";
import { CallId, Contact, From } from "../sip/fields.ts";
import { format } from "../sip/format.ts";
import { headerLine } from "../sip/headers.ts";
import type { SipRequest } from "../sip/message.ts";
import { textOf } from "../sip/octets.ts";
import { reply } from "../sip/reply.ts";
import { unquoted } from "../sip/scanner.ts";
import type { App } from "./app.ts";
import { changeLocation, currently } from "./change-location.ts";
import { deliver } from "./deliver.ts";
import { registeredEvent } from "./registered-event.ts";
import { toTagOf } from "./to-tag.ts";

/**
 * Lets a call wait for a sleeping device, and pushes (RFC 8599 §5.6.2). In this order: the call is noted in the
 * location record first, where the device's REGISTER must find it; that swap also shows whether the device has come
 * online meanwhile, and then there is nothing to wake. The caller learns that it waits by a 182.
 */
export async function wake(
  app: App,
  fork: Fork,
  branch: Branch | undefined,
  request: SipRequest,
): Promise<ForkEvent | undefined> {
  if (branch?.state !== "waking") return undefined;
  const { key, until } = branch;
  const noted = { fork: fork.id, key, device: deviceOf(key), until };
  const location = await changeLocation(
    app,
    fork.callee,
    (found) => withWaiting(currently(app, found), [noted]) ?? found,
  );
  const isNoted = location.waiting.some((waiting) => waiting.fork === fork.id && waiting.key === key);
  const binding = flowTo(location, key);
  const registered = binding && registeredEvent(key, binding);
  if (registered !== undefined) return registered;
  if (!isNoted || binding?.push === undefined) return { type: "unwakeable", key };
  const outcome = await app.push.wake(binding.push, callPushOf(fork, request, until));
  app.log.info("pushed", { fork: fork.id, provider: binding.push.provider, outcome });
  if (outcome === "accepted") {
    await deliver(app, fork.caller, format(queued(app, request)));
    return undefined;
  }
  const { push } = binding;
  if (outcome === "dead")
    await changeLocation(app, fork.callee, (found) => withoutPush(found, binding.key, push));
  return { type: "unwakeable", key };
}

function callPushOf({ callee }: Fork, { headers }: SipRequest, expiresAt: number): CallPush {
  const from = headers.first(From);
  return {
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
