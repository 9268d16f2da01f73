import fc from "fast-check";
import { expect, test } from "vitest";
import type { ConnectionId, MessageId } from "../../functions/location/ids.ts";
import { answered, isAnswerDue, sending, unsent } from "../../functions/mailbox/delivery.ts";
import type { DeviceId } from "../../functions/mailbox/device-id.ts";
import { EMPTY_MAILBOX, isFor, type Mailbox, tidied } from "../../functions/mailbox/mailbox.ts";
import { stored } from "../../functions/mailbox/stored.ts";

// For any order of MESSAGEs, REGISTERs, answers, connections that turn out to be gone, and time.

const LIMIT = 3;
const TRANSACTION = 32_000;

const deviceIn = fc.nat(2);
type Event =
  | {
      readonly type: "message";
      readonly awaiting: readonly number[];
      readonly isOpen: boolean;
      readonly life: number;
    }
  | { readonly type: "register" | "again" | "gone"; readonly device: number }
  | { readonly type: "answer"; readonly device: number; readonly status: number }
  | { readonly type: "time"; readonly ms: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    type: fc.constant("message" as const),
    awaiting: fc.uniqueArray(deviceIn, { maxLength: 3 }),
    isOpen: fc.boolean(),
    life: fc.constantFrom(20_000, 60_000, 600_000),
  }),
  fc.record({
    type: fc.constantFrom("register" as const, "again" as const, "gone" as const),
    device: deviceIn,
  }),
  fc.record({
    type: fc.constant("answer" as const),
    device: deviceIn,
    status: fc.constantFrom(200, 200, 200, 486, 603),
  }),
  fc.record({ type: fc.constant("time" as const), ms: fc.constantFrom(1, 10_000, 40_000) }),
);

interface Sent {
  readonly id: MessageId;
  readonly connection: ConnectionId;
  readonly at: number;
  isAnswered: boolean;
}

/** The world around one mailbox: what was stored, and what each device has been sent. */
class World {
  box: Mailbox = EMPTY_MAILBOX;
  now = 0;
  readonly order: MessageId[] = [];
  readonly until = new Map<MessageId, number>();
  readonly awaiting = new Map<MessageId, readonly DeviceId[]>();
  readonly open = new Set<MessageId>();
  readonly accepted = new Set<MessageId>();
  /** What each device has had; what turned out not to have reached it is not in it. */
  readonly had = new Map<DeviceId, Sent[]>();
  readonly returned = new Set<string>();
  #connections = new Map<DeviceId, ConnectionId>();
  #count = 0;

  happen(what: Event): void {
    if (what.type === "time") this.now += what.ms;
    else if (what.type === "message") this.#store(what);
    else {
      const device = deviceOf(what.device);
      if (what.type === "register") this.#connections.set(device, `ws-${++this.#count}` as ConnectionId);
      if (what.type === "register" || what.type === "again") this.deliver(device);
      if (what.type === "answer") this.answer(device, what.status);
      if (what.type === "gone") this.#lose(device);
    }
  }

  #store({ awaiting, isOpen, life }: Extract<Event, { type: "message" }>): void {
    const id = `message-${++this.#count}` as MessageId;
    const devices = awaiting.map(deviceOf);
    const until = this.now + life;
    const message = { id, until, awaiting: devices, isOpen, had: [], isAccepted: false };
    const next = stored(this.box, message, LIMIT, this.now);
    if (typeof next === "string") {
      // Only if nobody's only copy would have to go.
      const waiting = this.order.filter((other) => this.#isLive(other));
      expect(next).toBe("full");
      expect(waiting.length).toBeGreaterThanOrEqual(LIMIT);
      return;
    }
    this.box = next;
    this.order.push(id);
    this.until.set(id, until);
    this.awaiting.set(id, devices);
    if (isOpen) this.open.add(id);
  }

  deliver(device: DeviceId): boolean {
    const connection = this.#connections.get(device);
    if (connection === undefined) return false;
    const result = sending(this.box, device, [connection], this.now);
    if (result === undefined) return false;
    const had = this.had.get(device) ?? [];
    const pending = had.find((sent) => !sent.isAnswered && sent.connection === connection);
    // RFC 3428 §8.
    if (pending !== undefined) expect(this.now - pending.at).toBeGreaterThanOrEqual(TRANSACTION);
    const [box, id] = result;
    this.box = box;
    expect(this.now).toBeLessThan(this.until.get(id) ?? 0);
    const isMeant = this.awaiting.get(id)?.includes(device) === true;
    expect(isMeant || (this.open.has(id) && !this.accepted.has(id))).toBe(true);
    had.push({ id, connection, at: this.now, isAnswered: false });
    this.had.set(device, had);
    return true;
  }

  answer(device: DeviceId, status: number): void {
    const sent = this.had.get(device)?.findLast(({ isAnswered }) => !isAnswered);
    if (sent === undefined) return;
    sent.isAnswered = true;
    const isNextDue = isAnswerDue(this.box, sent.id, device);
    this.box = answered(this.box, sent.id, device, status, this.now);
    if (status < 300 || status >= 600) this.accepted.add(sent.id);
    if (isNextDue) this.deliver(device);
  }

  #lose(device: DeviceId): void {
    const had = this.had.get(device) ?? [];
    const sent = had.findLast(({ isAnswered }) => !isAnswered);
    if (sent === undefined) return;
    this.box = unsent(this.box, sent.id, device);
    had.splice(had.indexOf(sent), 1);
    this.returned.add(`${device} ${sent.id}`);
    if (this.#connections.get(device) === sent.connection) this.#connections.delete(device);
  }

  #isLive(id: MessageId): boolean {
    return !this.accepted.has(id) && (this.until.get(id) ?? 0) > this.now;
  }

  check(): void {
    const { messages } = tidied(this.box, this.now);
    const kept = messages.map(({ id }) => id);
    expect(kept.length).toBeLessThanOrEqual(LIMIT);
    expect(this.order.filter((id) => this.#isLive(id) && !kept.includes(id))).toEqual([]);
    for (const [device, sent] of this.had) {
      const ids = sent.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      // What came back goes out again when it can, and then maybe behind others.
      const straight = ids.filter((id) => !this.returned.has(`${device} ${id}`));
      expect(straight).toEqual(this.order.filter((id) => straight.includes(id)));
    }
  }

  /** Everybody comes, and accepts what there is. */
  drain(): void {
    for (const number of [0, 1, 2]) {
      const device = deviceOf(number);
      this.happen({ type: "register", device: number });
      while (this.had.get(device)?.some(({ isAnswered }) => !isAnswered)) this.answer(device, 200);
    }
  }
}

function deviceOf(number: number): DeviceId {
  return `device-${number}` as DeviceId;
}

test("each device gets each MESSAGE once at most, one at a time, in order; nothing is lost that nobody has accepted", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const world = new World();
      for (const each of events) {
        world.happen(each);
        world.check();
      }
      world.drain();
      world.check();
      // What is left is for a device that nobody has seen, and for none of these.
      for (const message of tidied(world.box, world.now).messages) {
        expect(message.isAccepted).toBe(false);
        expect([0, 1, 2].filter((device) => isFor(message, deviceOf(device)))).toEqual([]);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("every device that a MESSAGE awaits gets it, unless it ends or makes room first", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const world = new World();
      for (const each of events) world.happen(each);
      const awaited = tidied(world.box, world.now).messages;
      world.drain();
      for (const { id, awaiting } of awaited) {
        for (const device of awaiting) {
          const isThere = world.had.get(device)?.some((sent) => sent.id === id);
          expect(isThere, `${device} ${id}`).toBe(true);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});
