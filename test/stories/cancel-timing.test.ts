import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { android, browser, iphone, pushesOf } from "../support/calls.ts";
import type { ContactOptions } from "../support/sip-phone.ts";
import { localStack, type TestStack } from "../support/stack.ts";
import { isOf, type WireMessage } from "../support/wire-message.ts";
import { lose, WirePhone } from "../support/wire-phone.ts";

// A call ends in the very moment in which the woken phone registers. Whoever is faster: the caller hears what there is to
// hear, and no phone is left ringing.

/** When the call ends, in ms after the REGISTER that is accepted; 0 is the same turn of the event loop. */
const OFFSETS = [-20, -5, -2, -1, 0, 1, 2, 5, 20];
const REPETITIONS = 6;

/** After so many ms; at once if it is no time at all. */
async function after(ms: number): Promise<void> {
  if (ms > 0) await setTimeout(ms);
}

/** The phone registers, and the other thing happens so many ms after what is accepted of that, or before. */
async function around(
  phone: WirePhone,
  device: ContactOptions,
  offset: number,
  happen: () => void,
): Promise<void> {
  let happening: Promise<void> | undefined;
  const beforeProof = () => {
    happening = after(offset).then(happen);
    return after(-offset);
  };
  expect((await phone.register(device, { beforeProof })).status).toBe(200);
  await happening;
}

/** What a phone does with every INVITE that it gets. */
type Manner = "rings" | "answers at once" | "rings, then answers";

/** A phone that does by itself what phones do, and writes down what it has heard. */
function automatic(phone: WirePhone, manner: Manner) {
  const invites: WireMessage[] = [];
  const cancels: WireMessage[] = [];
  const isRequest = (method: string) => (message: WireMessage) =>
    message.status === undefined && message.method === method;
  const onInvite = (invite: WireMessage) => {
    invites.push(invite);
    if (manner !== "answers at once") {
      phone.answer(invite, 100, "Trying");
      phone.answer(invite, 180, "Ringing");
    }
    if (manner !== "rings") phone.answer(invite, 200, "OK", "v=0\r\n");
  };
  const onCancel = (cancel: WireMessage) => {
    cancels.push(cancel);
    phone.answer(cancel, 200, "OK");
    const invite = invites.find((candidate) => isOf(candidate, cancel, "INVITE"));
    if (invite !== undefined && manner === "rings") phone.answer(invite, 487, "Request Terminated");
  };
  // Each is called for what is heard meanwhile, in the order in which it came.
  const serve = (method: string, react: (message: WireMessage) => void) => {
    phone.hear(method, isRequest(method)).then(
      (message) => {
        react(message);
        serve(method, react);
      },
      () => undefined,
    );
  };
  serve("INVITE", onInvite);
  serve("CANCEL", onCancel);
  return { invites, cancels };
}

interface Outcome {
  /** What the caller heard at last. */
  readonly finals: readonly (number | undefined)[];
  readonly invites: readonly WireMessage[];
  readonly cancels: readonly WireMessage[];
}

/** One call to a sleeping phone that is given up so many ms after the phone registers. */
async function race(
  stack: TestStack,
  alice: WirePhone,
  device: ContactOptions,
  offset: number,
  manner: Manner,
): Promise<Outcome> {
  const invite = alice.invite("bob");
  await alice.hear("182", (message) => message.status === 182 && isOf(message, invite, "INVITE"));
  const bob = await WirePhone.connect(stack.port, "bob");
  const { invites, cancels } = automatic(bob, manner);
  await around(bob, device, offset, () => alice.cancel(invite));
  await alice.hear("200 to CANCEL", (message) => message.status === 200 && isOf(message, invite, "CANCEL"));
  const isFinal = (message: WireMessage) => (message.status ?? 0) >= 200 && isOf(message, invite, "INVITE");
  const final = await alice.hear("a final response", isFinal);
  alice.acknowledge(invite, final);
  for (let round = 0; round < 3; round++) await Promise.all([alice.caughtUp(), bob.caughtUp()]);
  const others = alice.unasked.filter((message) => isFinal(message));
  // §16.7 step 5: a 2xx goes to the caller whatever it has heard before.
  const answers = [final, ...others].filter(({ status }) => status === 200);
  for (const answer of answers) {
    if (answer !== final) alice.acknowledge(invite, await alice.hear("its 200", isFinal));
    await bob.hear("ACK", (message) => message.status === undefined && isOf(message, invite, "ACK"));
    alice.withinCalled("BYE", invite, answer);
    bob.answer(await bob.request("BYE"), 200, "OK");
    await alice.response(200, "BYE");
  }
  for (let round = 0; round < 3; round++) await Promise.all([alice.caughtUp(), bob.caughtUp()]);
  expect(alice.unasked.filter(isFinal).map(({ text }) => text)).toEqual([]);
  await lose(bob, stack);
  return { finals: [final, ...others].map(({ status }) => status), invites, cancels };
}

/** No INVITE was left ringing: its CANCEL came, and said why (RFC 3326). */
function expectStopped({ invites, cancels }: Outcome): void {
  expect(cancels.map((cancel) => cancel.one("Call-ID"))).toEqual(
    invites.map((invite) => invite.one("Call-ID")),
  );
  for (const [index, cancel] of cancels.entries()) {
    expect(cancel.one("Reason")).toContain("SIP;cause=487");
    expect(cancel.all("Via")).toEqual(invites[index]?.all("Via").slice(0, 1));
  }
}

/** Alice is there, and Bob's phone sleeps. */
async function asleep(device: ContactOptions, environment: Record<string, string> = {}) {
  const stack = await localStack(environment);
  const alice = await WirePhone.registered(stack.port, "alice");
  await lose(await WirePhone.registered(stack.port, "bob", device), stack);
  return { stack, alice };
}

test.each(OFFSETS)(
  "an Android phone that rings, CANCEL %i ms after its REGISTER: 487, and it stops ringing or was told not to come",
  async (offset) => {
    const device = android("bob");
    const { stack, alice } = await asleep(device);
    for (let time = 0; time < REPETITIONS; time++) {
      const before = pushesOf(stack).length;
      const outcome = await race(stack, alice, device, offset, "rings");
      expect(outcome.finals).toEqual([487]);
      expect(outcome.invites.length).toBeLessThanOrEqual(1);
      expectStopped(outcome);
      // Either it came in time to be told by CANCEL, or it is told by push.
      const wanted = outcome.invites.length === 1 ? ["call"] : ["call", "cancel"];
      // Its own push came before the 182, which `race` has waited for.
      await expect
        .poll(
          () =>
            pushesOf(stack)
              .slice(before)
              .map(({ kind }) => kind),
          { interval: 5, timeout: 10_000 },
        )
        .toEqual(wanted);
    }
  },
);

test.each(OFFSETS)(
  "an iPhone that rings, CANCEL %i ms after its REGISTER: 487, and it gets INVITE and CANCEL in any case",
  async (offset) => {
    const device = iphone("bob");
    const { stack, alice } = await asleep(device);
    for (let time = 0; time < REPETITIONS; time++) {
      const before = pushesOf(stack).length;
      const outcome = await race(stack, alice, device, offset, "rings");
      expect(outcome.finals).toEqual([487]);
      expect(outcome.invites).toHaveLength(1);
      expectStopped(outcome);
      expect(
        pushesOf(stack)
          .slice(before)
          .map(({ kind }) => kind),
      ).toEqual(["call"]);
    }
  },
);

test.each(OFFSETS)(
  "an Android phone that answers, CANCEL %i ms after its REGISTER: 487 and no call, or 200 and a call (RFC 3261 §9.1)",
  async (offset) => {
    const device = android("bob");
    const { stack, alice } = await asleep(device, { CANCEL_PUSHES: "off" });
    for (let time = 0; time < REPETITIONS; time++) {
      const manner = time % 2 === 0 ? "answers at once" : "rings, then answers";
      const { finals, invites } = await race(stack, alice, device, offset, manner);
      expect(invites.length).toBeLessThanOrEqual(1);
      // A phone that answers in the moment after its call was given up has answered: its 200 follows the 487.
      expect(invites.length === 0 ? ["487"] : ["487", "200", "487 200"]).toContain(finals.join(" "));
    }
  },
);

/** How another device may end the call. */
const ENDINGS = [
  { status: 200, phrase: "OK", cause: "cause=200", told: "answered elsewhere" },
  { status: 603, phrase: "Decline", cause: "cause=600", told: "declined elsewhere" },
] as const;

test.each(ENDINGS.flatMap((ending) => OFFSETS.map((offset) => ({ ...ending, offset }))))(
  "another device says $status $offset ms after the REGISTER of a woken phone: the phone stops ringing and knows why, or is told not to come",
  async ({ status, phrase, cause, told, offset }) => {
    for (const device of [android("bob"), iphone("bob")]) {
      const { stack, alice } = await asleep(device);
      const tablet = await WirePhone.registered(stack.port, "bob", browser("tablet"));
      for (let time = 0; time < 3; time++) {
        const before = pushesOf(stack).length;
        const invite = alice.invite("bob");
        const onTablet = await tablet.request("INVITE");
        await alice.response(182);
        const bob = await WirePhone.connect(stack.port, "bob");
        const { invites, cancels } = automatic(bob, "rings");
        await around(bob, device, offset, () => tablet.answer(onTablet, status, phrase));
        const final = await alice.final("INVITE");
        expect(final.status).toBe(status);
        alice.acknowledge(invite, final);
        await tablet.request("ACK");
        for (let round = 0; round < 3; round++)
          await Promise.all([alice, bob, tablet].map((phone) => phone.caughtUp()));
        const isIphone = device.provider !== undefined;
        expect(invites.length).toBeGreaterThanOrEqual(isIphone ? 1 : 0);
        expect(invites.length).toBeLessThanOrEqual(1);
        expect(cancels).toHaveLength(invites.length);
        for (const cancel of cancels) expect(cancel.one("Reason")).toContain(cause);
        const since = () =>
          pushesOf(stack)
            .slice(before)
            .map(({ kind, reason }) => reason ?? kind);
        await expect
          .poll(since, { interval: 5, timeout: 10_000 })
          .toEqual(invites.length === 1 ? ["call"] : ["call", told]);
        expect(alice.unasked.filter(({ status: heard = 0 }) => heard >= 200)).toEqual([]);
        await lose(bob, stack);
      }
    }
  },
);
