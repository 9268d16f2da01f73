import type { ConnectionId, MessageId } from "../location/ids.ts";
import type { DeviceId } from "./device-id.ts";
import { isFor, type Mailbox, type StoredMessage, TRANSACTION, tidied } from "./mailbox.ts";

/**
 * The next MESSAGE for a device, and the mailbox in which it is on its way there: noted before it is sent, so that it is sent
 * once. Undefined if there is none, or if the former one is still to be answered, over a connection that the device still
 * has: one at a time (RFC 3428 §8). `connections` are the device's, the first one is used.
 */
export function sending(
  box: Mailbox,
  device: DeviceId,
  connections: readonly [ConnectionId, ...ConnectionId[]],
  now: number,
): readonly [box: Mailbox, id: MessageId] | undefined {
  const tidy = tidied(box, now);
  const isBusy = tidy.deliveries.some(
    (delivery) => delivery.device === device && connections.includes(delivery.connection),
  );
  const next = isBusy ? undefined : tidy.messages.find((message) => isFor(message, device));
  if (next === undefined) return undefined;
  const { id } = next;
  const delivery = { id, device, connection: connections[0], until: now + TRANSACTION };
  return [
    {
      ...tidy,
      messages: tidy.messages.map((message) =>
        message === next ? { ...message, had: [...message.had, device] } : message,
      ),
      deliveries: [...tidy.deliveries.filter((other) => other.device !== device), delivery],
    },
    id,
  ];
}

/** A MESSAGE has not reached the device: it has not had it. The same mailbox if it is gone. */
export function unsent(box: Mailbox, id: MessageId, device: DeviceId): Mailbox {
  const isMeant = (message: StoredMessage) => message.id === id && message.had.includes(device);
  if (!box.messages.some(isMeant)) return withoutDelivery(box, id, device);
  return {
    ...withoutDelivery(box, id, device),
    messages: box.messages.map((message) =>
      isMeant(message) ? { ...message, had: message.had.filter((other) => other !== device) } : message,
    ),
  };
}

/**
 * A device has answered a MESSAGE with this final status. 2xx: it has accepted it. 6xx, too, ends it for those whom it does not
 * await: it "was delivered successfully, but refused" (RFC 3428 §7).
 */
export function answered(
  box: Mailbox,
  id: MessageId,
  device: DeviceId,
  status: number,
  now: number,
): Mailbox {
  const isDelivered = status < 300 || status >= 600;
  const isNews = (message: StoredMessage) => message.id === id && isDelivered && !message.isAccepted;
  const settled = withoutDelivery(box, id, device);
  if (!settled.messages.some(isNews)) return tidied(settled, now);
  const messages = settled.messages.map((message) =>
    isNews(message) ? { ...message, isAccepted: true } : message,
  );
  return tidied({ ...settled, messages }, now);
}

/** Whether it is this MESSAGE that the device is yet to answer. */
export function isAnswerDue({ deliveries }: Mailbox, id: MessageId, device: DeviceId): boolean {
  return deliveries.some((delivery) => delivery.id === id && delivery.device === device);
}

function withoutDelivery(box: Mailbox, id: MessageId, device: DeviceId): Mailbox {
  if (!isAnswerDue(box, id, device)) return box;
  const deliveries = box.deliveries.filter((delivery) => delivery.id !== id || delivery.device !== device);
  return { ...box, deliveries };
}
