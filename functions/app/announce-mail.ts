import { type Binding, flowTo, type Location, withoutPush } from "../location/location.ts";
import { type DeviceId, deviceIdOf } from "../mailbox/device-id.ts";
import { isFor, type StoredMessage } from "../mailbox/mailbox.ts";
import type { MessagePush } from "../push/phone-push.ts";
import type { Aor } from "../sip/aor.ts";
import { CallId, From } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import { textOf } from "../sip/octets.ts";
import { unquoted } from "../sip/scanner.ts";
import type { App } from "./app.ts";
import { changeLocation } from "./change-location.ts";
import { deliverNext } from "./deliver-mail.ts";

/**
 * Tells the devices that a MESSAGE is for: those that are online get it, those that sleep a push. Never rejects: it is stored,
 * and that has been answered.
 */
export async function announceMail(
  app: App,
  aor: Aor,
  message: StoredMessage,
  request: SipRequest,
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
      flow.connection === undefined ? wakeForMail(app, aor, flow, push) : deliverNext(app, aor, device),
    ),
  );
  for (const outcome of outcomes) {
    if (outcome.status === "fulfilled") continue;
    const { reason } = outcome;
    const error = reason instanceof Error ? reason.stack : String(reason);
    app.log.error("fault", { what: "stored message", error });
  }
}

/** Pushes to a device that sleeps; a token that is dead is forgotten. */
async function wakeForMail(
  app: App,
  aor: Aor,
  { key, push: target }: Binding,
  push: MessagePush,
): Promise<void> {
  if (target === undefined) return;
  const { outcome } = await app.push.send(target, push);
  app.log.info("pushed", { provider: target.provider, outcome });
  if (outcome === "dead") await changeLocation(app, aor, (found) => withoutPush(found, key, target));
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
