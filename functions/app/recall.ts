import { flowTo } from "../location/location.ts";
import { withoutWaiting } from "../location/waiting.ts";
import { endingOf } from "../proxy/ending.ts";
import type { Fork } from "../proxy/fork.ts";
import type { PhonePush } from "../push/phone-push.ts";
import { CallId } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import { textOf } from "../sip/octets.ts";
import type { App } from "./app.ts";
import { changeLocation } from "./change-location.ts";
import type { Tell } from "./drop-token.ts";
import { pushDevice } from "./push-device.ts";
import { isCall } from "./push-for.ts";

/**
 * A device that was pushed for a call, and has not come, is waited for no more: only so many calls may wait. And it is told
 * that the call is over, since its app may have begun to ring: a hint, lost if it is refused.
 */
export async function recall(
  app: App,
  fork: Fork,
  index: number,
  request: SipRequest,
  tell: Tell,
): Promise<void> {
  const key = fork.branches[index]?.key;
  if (key === undefined) return;
  const location = await changeLocation(app, fork.callee, (found) => withoutWaiting(found, fork.id, key));
  const binding = flowTo(location, key);
  if (!app.settings.cancelPushes || binding?.push === undefined || !isCall(request)) return;
  const push: PhonePush = {
    kind: "cancel",
    callId: textOf(request.headers.first(CallId) ?? ""),
    to: textOf(fork.callee),
    reason: endingOf(fork),
    expiresAt: app.clock() + app.settings.timers.bucket,
  };
  const { outcome } = await pushDevice(app, fork.callee, binding, push, tell);
  app.log.debug("recalled", { fork: fork.id, provider: binding.push.provider, outcome });
}
