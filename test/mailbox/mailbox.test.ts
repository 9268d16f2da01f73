import { describe, expect, test } from "vitest";
import type { BindingKey, ConnectionId, MessageId } from "../../functions/location/ids.ts";
import { answered, sending, unsent } from "../../functions/mailbox/delivery.ts";
import { type DeviceId, deviceIdOf } from "../../functions/mailbox/device-id.ts";
import {
  EMPTY_MAILBOX,
  endOfMailbox,
  type Mailbox,
  type StoredMessage,
  tidied,
} from "../../functions/mailbox/mailbox.ts";
import { stored, without } from "../../functions/mailbox/stored.ts";

const NOW = Date.UTC(2026, 10, 23, 9);
const MINUTE = 60_000;
const PHONE = "phone" as DeviceId;
const WS = "ws-1" as ConnectionId;

function aMessage(id: string, more: Partial<StoredMessage> = {}): StoredMessage {
  return {
    id: id as MessageId,
    until: NOW + MINUTE,
    awaiting: [],
    isOpen: true,
    had: [],
    isAccepted: false,
    ...more,
  };
}

function boxOf(...messages: readonly StoredMessage[]): Mailbox {
  return { ...EMPTY_MAILBOX, messages };
}

describe("a MESSAGE that comes twice", () => {
  test("is known while it is stored, and for a transaction's time after it is over", () => {
    const one = aMessage("one", { isAccepted: true });
    expect(stored(boxOf(aMessage("one")), one, 9, NOW)).toBe("known");
    const over = tidied(boxOf(one), NOW);
    expect(over.messages).toEqual([]);
    expect(stored(over, one, 9, NOW + 31_999)).toBe("known");
    expect(stored(over, one, 9, NOW + 32_000)).toMatchObject({ messages: [one] });
  });

  test("is known, too, after it made room for another", () => {
    const one = aMessage("one", { isAccepted: true, awaiting: [PHONE] });
    const box = stored(boxOf(one), aMessage("two"), 1, NOW);
    if (typeof box === "string") throw new Error(box);
    expect(box.messages.map(({ id }) => id)).toEqual(["two"]);
    expect(stored(box, one, 9, NOW)).toBe("known");
  });
});

test("what is over is remembered in bounds, however much it is", () => {
  const many = Array.from({ length: 150 }, (_, n) => aMessage(`message ${n}`, { isAccepted: true }));
  const { finished } = tidied(boxOf(...many), NOW);
  expect(finished).toHaveLength(100);
  expect(finished.at(-1)?.id).toBe("message 149");
});

test("a MESSAGE that no device accepts is sent to so many and no more: its record must not grow for ever", () => {
  let box = boxOf(aMessage("one"));
  let count = 0;
  for (; count < 100; count++) {
    const result = sending(box, `device-${count}` as DeviceId, [WS], NOW);
    if (result === undefined) break;
    box = answered(result[0], result[1], `device-${count}` as DeviceId, 486, NOW);
  }
  expect(count).toBe(32);
  const awaited = boxOf({ ...aMessage("one"), awaiting: [PHONE], had: box.messages[0]?.had ?? [] });
  expect(sending(awaited, PHONE, [WS], NOW)?.[1]).toBe("one");
});

test("one that another device has accepted stays until it is known whether a device has had it that was just sent it", () => {
  const one = aMessage("one", { awaiting: [PHONE] });
  const [sent] = sending(boxOf(one), PHONE, [WS], NOW) ?? [];
  if (sent === undefined) throw new Error("nothing was sent");
  const accepted = answered(sent, one.id, "tablet" as DeviceId, 200, NOW);
  expect(accepted.messages).toHaveLength(1);
  expect(sending(unsent(accepted, one.id, PHONE), PHONE, [WS], NOW)?.[1]).toBe("one");
  expect(answered(accepted, one.id, PHONE, 486, NOW).messages).toEqual([]);
});

test("a device that has changed its connection is not kept waiting for an answer over the old one", () => {
  const box = boxOf(aMessage("one"), aMessage("two"));
  const [sent] = sending(box, PHONE, [WS], NOW) ?? [];
  if (sent === undefined) throw new Error("nothing was sent");
  expect(sending(sent, PHONE, [WS], NOW)).toBeUndefined();
  // It has another flow beside it.
  expect(sending(sent, PHONE, ["ws-2" as ConnectionId, WS], NOW)).toBeUndefined();
  expect(sending(sent, PHONE, ["ws-2" as ConnectionId], NOW)?.[1]).toBe("two");
});

test("what changes nothing answers the mailbox that it was given", () => {
  const box = boxOf(aMessage("one"));
  expect(tidied(box, NOW)).toBe(box);
  expect(unsent(box, "two" as MessageId, PHONE)).toBe(box);
  expect(without(box, "two" as MessageId)).toBe(box);
  expect(answered(box, "two" as MessageId, PHONE, 200, NOW)).toBe(box);
  expect(tidied(EMPTY_MAILBOX, NOW)).toBe(EMPTY_MAILBOX);
});

test("a mailbox may be forgotten with the last that is in it", () => {
  expect(endOfMailbox(EMPTY_MAILBOX)).toBe(0);
  const box = boxOf(aMessage("one"), aMessage("two", { until: NOW + 2 * MINUTE }), aMessage("three"));
  expect(endOfMailbox(box)).toBe(NOW + 2 * MINUTE);
  expect(endOfMailbox(tidied(boxOf(aMessage("one", { isAccepted: true })), NOW))).toBe(NOW + 32_000);
});

test("a device is known by what it calls itself, whatever its flow, in bounded length", () => {
  const [one, other, another] = ["<urn:uuid:1>;1", "<urn:uuid:1>;2", "<urn:uuid:2>;1"].map((key) =>
    deviceIdOf(key as BindingKey),
  );
  expect(one).toBe(other);
  expect(one).not.toBe(another);
  expect(deviceIdOf("x".repeat(4_096) as BindingKey)).toHaveLength(22);
});
