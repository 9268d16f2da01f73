import type { Binding } from "../location/location.ts";
import { isSameTarget, withEndpoint } from "../location/pushed.ts";
import type { PushOutcome } from "../ports.ts";
import type { PhonePush } from "../push/phone-push.ts";
import type { Aor } from "../sip/aor.ts";
import { octetsOf } from "../sip/octets.ts";
import type { App } from "./app.ts";
import { changeLocation } from "./change-location.ts";
import { dropToken, type Tell } from "./drop-token.ts";

/**
 * Pushes to the device of a binding, and remembers what that teaches: what the service calls the device, so that it need not be
 * told again; and that a token is dead, which ends all calls that wait for it.
 */
export async function pushDevice(
  app: App,
  aor: Aor,
  { key, push: target, pushed }: Binding,
  push: PhonePush,
  tell: Tell,
): Promise<PushOutcome> {
  if (target === undefined) return { outcome: "failed", reason: "it has no push token" };
  const { provider } = target;
  const result = await app.push.send(target, push, pushed?.endpoints);
  app.meter.count("pushes", { provider, kind: push.kind, outcome: result.outcome });
  if (result.outcome === "accepted" && result.endpoint !== undefined) {
    const { endpoint } = result;
    await changeLocation(app, aor, (found) => withEndpoint(found, key, target, endpoint));
  }
  if (result.outcome === "dead") {
    const reason = octetsOf(`${provider}: ${result.reason}`);
    await dropToken(app, aor, (held) => isSameTarget(held, target), { why: "dead", reason }, tell);
  }
  return result;
}
