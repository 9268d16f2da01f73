import { type Binding, flowTo, type Location } from "../location/location.ts";
import { type DeviceId, deviceIdOf } from "../mailbox/device-id.ts";
import { isFor, type StoredMessage } from "../mailbox/mailbox.ts";
import type { Party } from "../proxy/fork.ts";
import type { MessagePush } from "../push/phone-push.ts";
import type { Aor } from "../sip/aor.ts";
import { CallId, From } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import { textOf } from "../sip/octets.ts";
import { unquoted } from "../sip/scanner.ts";
import type { App } from "./app.ts";
import { deliverNext } from "./deliver-mail.ts";
import { pushDevice } from "./push-device.ts";
import { spentBudget } from "./spend-push.ts";

/**
 * Tells the devices that a MESSAGE is for: those that are online get it, those that sleep a push. Never rejects: it is stored,
 * and that has been answered.
 */
export async function announceMail(
  app: App,
  aor: Aor,
  message: StoredMessage,
  request: SipRequest,
  sender: Party,
  location: Location,
): Promise<void> {
  const push = messagePushOf(aor, request, message.until);
  const devices = new Map<DeviceId, Binding>();
  for (const { key } of location.bindings) {
    const flow = flowTo(location, key);
    const device = deviceIdOf(key);
    if (flow !== undefined && isFor(message, device)) devices.set(device, flow);
  }
  const outcomes = await Promise.allSettled(
    Array.from(devices, ([device, flow]) =>
      flow.connection === undefined
        ? wakeForMail(app, aor, flow, push, sender)
        : deliverNext(app, aor, device),
    ),
  );
  for (const outcome of outcomes) {
    if (outcome.status === "fulfilled") continue;
    const { reason } = outcome;
    const error = reason instanceof Error ? reason.stack : String(reason);
    app.log.error("fault", { what: "stored message", error });
  }
}

/** Pushes to a device that sleeps, unless that has been done too often: it gets the MESSAGE when it comes by itself. */
async function wakeForMail(
  app: App,
  aor: Aor,
  binding: Binding,
  push: MessagePush,
  sender: Pick<Party, "aor" | "connection">,
): Promise<void> {
  if (binding.push === undefined) return;
  const budget = await spentBudget(app, sender, aor, binding.key);
  if (budget !== undefined) {
    app.meter.count("pushes withheld", { kind: push.kind, budget });
    return;
  }
  // A call that waits for it ends at its time: no story that tells calls may be told from within one.
  const { outcome } = await pushDevice(app, aor, binding, push, async () => {});
  app.log.info("pushed", { provider: binding.push.provider, outcome });
}

function messagePushOf(aor: Aor, { headers }: SipRequest, expiresAt: number): MessagePush {
  const from = headers.first(From);
  return {
    kind: "message",
    callId: textOf(headers.first(CallId) ?? ""),
    from: textOf(from?.uri ?? ""),
    name: textOf(unquoted(from?.display ?? "")),
    to: textOf(aor),
    expiresAt,
  };
}
