import type { ConnectionId, MessageId } from "../location/ids.ts";
import type { DeviceId } from "./device-id.ts";

/** A MESSAGE that is stored, without its content. */
export interface StoredMessage {
  readonly id: MessageId;
  /** When it ends, in ms since 1970. */
  readonly until: number;
  /** Devices that it is meant for; they get it even if another has accepted it. */
  readonly awaiting: readonly DeviceId[];
  /** Whether any other device may have it, too, as long as none has accepted it. */
  readonly isOpen: boolean;
  /** Devices that it was sent to, or that must not have it: the one it came from. */
  readonly had: readonly DeviceId[];
  /** A device has accepted it. */
  readonly isAccepted: boolean;
}

/** A MESSAGE on its way to a device, whose answer has not come yet. */
interface Delivery {
  readonly id: MessageId;
  readonly device: DeviceId;
  readonly connection: ConnectionId;
  /** When no answer is waited for any more, in ms since 1970. */
  readonly until: number;
}

/** One that is over, remembered for as long as its repetition may come. */
interface Finished {
  readonly id: MessageId;
  /** In ms since 1970. */
  readonly until: number;
}

/** What is stored for an AoR, in the order in which it came. */
export interface Mailbox {
  readonly messages: readonly StoredMessage[];
  /** One for each device at most (RFC 3428 §8). */
  readonly deliveries: readonly Delivery[];
  readonly finished: readonly Finished[];
}

export const EMPTY_MAILBOX: Mailbox = { messages: [], deliveries: [], finished: [] };

/** How long a transaction may take, in ms: 64 × T1 (RFC 3261 §17.1.2.2). */
export const TRANSACTION = 32_000;

/** How many devices a MESSAGE is sent to that none accepts: a bound to its record, far above what anybody has. */
const MAX_HAD = 32;

/** How many that are over are remembered. */
const MAX_FINISHED = 100;

/**
 * Without what is over at that moment, in ms since 1970: what has run out, what was accepted and awaits nobody. The same
 * mailbox if nothing is.
 */
export function tidied(box: Mailbox, now: number): Mailbox {
  const isPending = ({ until }: { readonly until: number }) => until > now;
  const deliveries = kept(box.deliveries, isPending);
  const isUnfinished = (message: StoredMessage) => isPending(message) && !isDone(message, deliveries);
  const messages = kept(box.messages, isUnfinished);
  const over = messages === box.messages ? [] : box.messages.filter((message) => !messages.includes(message));
  const before = kept(box.finished, isPending);
  const finished = over.length === 0 ? before : [...before, ...over.map(({ id }) => finishedAt(id, now))];
  if (messages === box.messages && deliveries === box.deliveries && finished === box.finished) return box;
  return { messages, deliveries, finished: finished.slice(-MAX_FINISHED) };
}

/** Whether a device is to get a MESSAGE that it has not had. */
export function isFor({ awaiting, isOpen, had, isAccepted }: StoredMessage, device: DeviceId): boolean {
  if (had.includes(device)) return false;
  return awaiting.includes(device) || (isOpen && !isAccepted && had.length < MAX_HAD);
}

/** When the record may be forgotten, in ms since 1970; 0 if there is nothing in it. */
export function endOfMailbox({ messages, deliveries, finished }: Mailbox): number {
  let end = 0;
  for (const { until } of messages) end = Math.max(end, until);
  for (const { until } of deliveries) end = Math.max(end, until);
  for (const { until } of finished) end = Math.max(end, until);
  return end;
}

/** Accepted by somebody, awaited by nobody, and on its way to nobody who might turn out to be gone. */
function isDone({ id, awaiting, had, isAccepted }: StoredMessage, deliveries: readonly Delivery[]): boolean {
  return (
    isAccepted &&
    awaiting.every((device) => had.includes(device)) &&
    !deliveries.some((delivery) => delivery.id === id)
  );
}

/** That one is over as of now, in ms since 1970. */
export function finishedAt(id: MessageId, now: number): Finished {
  return { id, until: now + TRANSACTION };
}

/** The same list if everything in it stays. */
function kept<Item>(items: readonly Item[], stays: (item: Item) => boolean): readonly Item[] {
  return items.every(stays) ? items : items.filter(stays);
}
