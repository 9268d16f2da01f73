import { flowTo } from "../location/location.ts";
import { endingOf } from "../proxy/ending.ts";
import type { Fork } from "../proxy/fork.ts";
import { CallId } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import { textOf } from "../sip/octets.ts";
import type { App } from "./app.ts";

/**
 * Tells a device that was pushed for a call, and has not come, that the call is over: its app may have begun to ring. Only
 * a hint, and lost if it is refused.
 */
export async function recall(app: App, fork: Fork, index: number, { headers }: SipRequest): Promise<void> {
  const branch = fork.branches[index];
  if (!app.settings.cancelPushes || branch === undefined) return;
  const { value: location } = await app.locations.read(fork.callee);
  const target = location && flowTo(location, branch.key)?.push;
  if (target === undefined) return;
  const { outcome } = await app.push.send(target, {
    kind: "cancel",
    callId: textOf(headers.first(CallId) ?? ""),
    to: textOf(fork.callee),
    reason: endingOf(fork),
    expiresAt: app.clock() + app.settings.timers.bucket,
  });
  app.log.debug("recalled", { fork: fork.id, provider: target.provider, outcome });
}
