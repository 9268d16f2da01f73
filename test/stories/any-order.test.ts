import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { android, browser, iphone } from "../support/calls.ts";
import type { ContactOptions } from "../support/sip-phone.ts";
import { localStack } from "../support/stack.ts";
import { isOf, type WireMessage } from "../support/wire-message.ts";
import { lose, WirePhone } from "../support/wire-phone.ts";

// Whatever Bob's devices do, in whatever order: sleep, freeze, thaw, vanish, come by another connection. When the call is
// over, nothing rings, and the caller has heard one end of it.

/** Numbers in [0, 1) that are the same each time (mulberry32). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of Bob's devices. */
interface Device {
  readonly contact: ContactOptions;
  /** What it rang for over a connection that has ended: it knows that call still. */
  orphan: WireMessage | undefined;
}

/** A connection of a device, over which it rings by itself when it is called, and stops when it is told to. */
class Line {
  readonly phone: WirePhone;
  readonly device: Device;
  readonly invites: WireMessage[] = [];
  isFrozen = false;
  isGone = false;
  /** The INVITE that it rings for. */
  ringing: WireMessage | undefined;

  constructor(phone: WirePhone, device: Device) {
    this.phone = phone;
    this.device = device;
    this.#serve("INVITE", (invite) => {
      this.invites.push(invite);
      this.ringing = invite;
      phone.answer(invite, 180, "Ringing");
    });
    this.#serve("CANCEL", (cancel) => {
      phone.answer(cancel, 200, "OK");
      const invite = this.ringing ?? this.device.orphan;
      if (invite === undefined) return;
      phone.answer(invite, 487, "Request Terminated");
      if (this.ringing === undefined) this.device.orphan = undefined;
      else this.ringing = undefined;
    });
  }

  async vanish(stack: Parameters<typeof lose>[1]): Promise<void> {
    this.isGone = true;
    this.device.orphan ??= this.ringing;
    await lose(this.phone, stack);
  }

  #serve(method: string, react: (message: WireMessage) => void): void {
    this.phone
      .hear(method, (message) => message.status === undefined && message.method === method)
      .then(
        (message) => {
          react(message);
          this.#serve(method, react);
        },
        () => undefined,
      );
  }

  answer(): void {
    if (this.ringing === undefined) return;
    this.phone.answer(this.ringing, 200, "OK", "v=0\r\n");
    this.ringing = undefined;
  }
}

/** Forty, and those that once showed faults which they did not. */
const SEEDS = [...Array.from({ length: 40 }, (_, index) => index + 1), 101, 138, 153];

test.each(SEEDS)("when it is over, nothing rings, and the caller knows (seed %i)", async (seed) => {
  const next = dice(seed);
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(next() * items.length)];
  const stack = await localStack({ HEDGE_MS: "8" });
  const alice = await WirePhone.registered(stack.port, "alice");
  const devices = [android("one"), iphone("two"), browser("three")]
    .slice(0, 1 + Math.floor(next() * 3))
    .map((contact): Device => ({ contact, orphan: undefined }));
  const lines: Line[] = [];
  const come = async (device: Device) => {
    const line = new Line(await WirePhone.connect(stack.port, "bob"), device);
    lines.push(line);
    expect((await line.phone.register(device.contact)).status).toBe(200);
  };
  const freeze = (line: Line | undefined) => {
    if (line === undefined) return;
    line.isFrozen = true;
    line.phone.freeze();
  };
  const thaw = (line: Line | undefined) => {
    if (line === undefined) return;
    line.isFrozen = false;
    line.phone.thaw();
  };
  const vanish = async (line: Line | undefined) => {
    await line?.vanish(stack);
  };
  const here = () => lines.filter(({ isGone }) => !isGone);

  for (const device of devices) await come(device);
  for (const line of lines) {
    const how = next();
    if (how < 0.4) freeze(line);
    else if (how < 0.8) await vanish(line);
  }
  const invite = alice.invite("bob");
  await alice.response(100);
  const story: string[] = [];
  for (let deed = 0; deed < 8; deed++) {
    await setTimeout(next() * 12);
    const kind = next();
    story.push(kind.toFixed(2));
    if (kind < 0.4) await come(pick(devices) as Device);
    else if (kind < 0.55) freeze(pick(here()));
    else if (kind < 0.8) thaw(pick(here().filter(({ isFrozen }) => isFrozen)));
    else await vanish(pick(here()));
  }
  const isFinal = (message: WireMessage) => (message.status ?? 0) >= 200 && isOf(message, invite, "INVITE");
  const isCancelled = next() < 0.5;
  const answering = isCancelled ? undefined : pick(here().filter(({ ringing }) => ringing !== undefined));
  if (answering !== undefined) {
    thaw(answering);
    answering.answer();
  } else {
    alice.cancel(invite);
    await alice.response(200, "CANCEL").catch(() => undefined);
  }
  for (const line of here()) thaw(line);
  // Who was pushed comes, late.
  for (const device of devices) if (next() < 0.7) await come(device);
  const final = await alice.hear("a final response", isFinal);
  alice.acknowledge(invite, final);
  for (let round = 0; round < 4; round++)
    await Promise.all([alice, ...here().map(({ phone }) => phone)].map((phone) => phone.caughtUp()));
  expect({ story, stillRinging: here().filter(({ ringing }) => ringing !== undefined).length }).toEqual({
    story,
    stillRinging: 0,
  });
  for (const { invites } of here()) expect(invites.length).toBeLessThanOrEqual(1);
  // Answered; or given up, if it had not failed before.
  expect(answering === undefined ? [487, 480] : [200]).toContain(final.status);
  expect(alice.unasked.filter(isFinal).map(({ startLine }) => startLine)).toEqual([]);
});
