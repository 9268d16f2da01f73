import type { MessageId } from "../location/ids.ts";
import { finishedAt, type Mailbox, type StoredMessage, tidied } from "./mailbox.ts";

/**
 * With another MESSAGE. "known" if it is there, or was a moment ago: it came twice. If there are `limit` already, the oldest
 * that a device has accepted makes room; "full" if there is none, since nobody's only copy is given up.
 */
export function stored(
  box: Mailbox,
  message: StoredMessage,
  limit: number,
  now: number,
): Mailbox | "known" | "full" {
  const tidy = tidied(box, now);
  const isSame = ({ id }: { readonly id: MessageId }) => id === message.id;
  if (tidy.messages.some(isSame) || tidy.finished.some(isSame)) return "known";
  if (tidy.messages.length < limit) return { ...tidy, messages: [...tidy.messages, message] };
  const spare = tidy.messages.find(({ isAccepted }) => isAccepted);
  if (spare === undefined) return "full";
  return {
    ...tidy,
    messages: [...tidy.messages.filter((other) => other !== spare), message],
    finished: [...tidy.finished, finishedAt(spare.id, now)],
  };
}

/** Without a MESSAGE, as if it had never come. The same mailbox if it is not there. */
export function without(box: Mailbox, id: MessageId): Mailbox {
  if (!box.messages.some((message) => message.id === id)) return box;
  return {
    ...box,
    messages: box.messages.filter((message) => message.id !== id),
    deliveries: box.deliveries.filter((delivery) => delivery.id !== id),
  };
}
