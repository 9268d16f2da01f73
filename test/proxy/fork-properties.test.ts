import fc from "fast-check";
import { expect, test } from "vitest";
import { isOpen } from "../../functions/proxy/branch.ts";
import { deadlineOf, type Fork } from "../../functions/proxy/fork.ts";
import type { ForkEffect, ForkEvent } from "../../functions/proxy/fork-event.ts";
import { openFork, type Target } from "../../functions/proxy/open-fork.ts";
import {
  ALARM,
  ANSWERED,
  asleep,
  CANCEL,
  cannotBeWoken,
  type Device,
  fellAsleep,
  isLost,
  NOW,
  on,
  online,
  registers,
  says,
  subject,
  TIMERS,
  ws,
} from "./a-fork.ts";

// What must hold of a fork whatever happens to it, in whatever order, at whatever time (race catalogue f, g, h, k).

/** Something happens, some time after what happened before it. */
interface Happening {
  readonly event: ForkEvent;
  readonly wait: number;
}

const device = fc.constantFrom<Device>("a", "b", "c");
const place = fc
  .tuple(device, fc.constantFrom("", "2"))
  .map(([name, suffix]) => [name, ws(name + suffix)] as const);
const status = fc.constantFrom(100, 180, 183, 200, 202, 302, 401, 486, 487, 503, 603);

const event: fc.Arbitrary<ForkEvent> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(place, status).map(([[name, connection], code]) => says(name, code, connection)),
  },
  { weight: 3, arbitrary: place.map(([name, connection]) => registers(name, connection)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(place, fc.boolean())
      .map(([[name, connection], mustRing]) => fellAsleep(name, { connection, mustRing })),
  },
  { weight: 1, arbitrary: place.map(([name, connection]) => isLost(name, connection)) },
  { weight: 1, arbitrary: device.map(cannotBeWoken) },
  { weight: 1, arbitrary: fc.constant(CANCEL) },
  { weight: 3, arbitrary: fc.constant(ALARM) },
  { weight: 1, arbitrary: fc.constant(ANSWERED) },
);
const { bucket, timerC, transaction } = TIMERS;
const wait = fc.constantFrom(0, 0, 0, 1_000, bucket, transaction, timerC / 2, timerC);
const story: fc.Arbitrary<readonly Happening[]> = fc.array(fc.record({ event, wait }), { maxLength: 25 });

const target = (name: Device) =>
  fc.constantFrom(online(name), online(name), asleep(name), asleep(name, { mustRing: true }));
const targets: fc.Arbitrary<Target[]> = fc
  .tuple(target("a"), target("b"), target("c"), fc.integer({ min: 1, max: 3 }))
  .map(([a, b, c, count]) => [a, b, c].slice(0, count));

/** One event and what came of it. */
interface Scene {
  readonly before: Fork;
  readonly event: ForkEvent;
  readonly now: number;
  readonly fork: Fork;
  readonly effects: readonly ForkEffect[];
}

/** Plays the story from the opening of the fork. */
function* play(method: string, devices: Target[], happenings: readonly Happening[]): Generator<Scene> {
  let [fork] = openFork(subject(method), devices, NOW, TIMERS);
  let now = NOW;
  for (const { event, wait } of happenings) {
    now += wait;
    const before = fork;
    const next = on(before, event, now);
    fork = next.fork;
    yield { before, event, now, ...next };
  }
}

function always(holds: (scenes: readonly Scene[]) => void): void {
  fc.assert(
    fc.property(targets, story, (devices, happenings) => holds([...play("INVITE", devices, happenings)])),
    { numRuns: 1_000 },
  );
}

function isSuccess(effect: ForkEffect): boolean {
  return effect.type === "relay" && /^2/.test(effect.octets);
}

test("the caller gets at most one failure, always the same, never after a 2xx, and never once it is known to be sent", () => {
  always((scenes) => {
    const failures = new Set<string>();
    let isSilent = false;
    for (const { before, event, effects } of scenes) {
      isSilent ||= event.type === "answered" && before.final !== undefined;
      for (const effect of effects) {
        if (effect.type === "answer") {
          expect(isSilent, "a failure too many").toBe(false);
          failures.add(JSON.stringify(effect.answer));
        }
        isSilent ||= isSuccess(effect);
      }
    }
    expect(failures.size).toBeLessThanOrEqual(1);
  });
});

test("every 2xx of a device that was invited reaches the caller (RFC 3261 §16.7 step 5)", () => {
  always((scenes) => {
    for (const { before, event, effects } of scenes) {
      if (event.type !== "response" || event.status < 200 || event.status > 299) continue;
      const branch = before.branches[event.branch];
      const isTheirs =
        branch !== undefined && "connection" in branch && branch.connection === event.connection;
      expect(effects.filter(isSuccess)).toHaveLength(isTheirs ? 1 : 0);
    }
  });
});

test("a CANCEL goes only to a device that was heard from and has not ended (RFC 3261 §9.1)", () => {
  always((scenes) => {
    const heard = new Set<number>();
    for (const { before, event, effects } of scenes) {
      if (event.type === "response" && event.status < 200) {
        const branch = before.branches[event.branch];
        if (branch !== undefined && "connection" in branch && branch.connection === event.connection) {
          heard.add(event.branch);
        }
      }
      for (const effect of effects) {
        if (effect.type !== "cancel") continue;
        expect(heard).toContain(effect.branch);
        expect(before.branches[effect.branch]?.state).not.toBe("done");
      }
    }
  });
});

test("once there is an answer nothing is left ringing or waiting to ring: no ghosts (race f)", () => {
  always((scenes) => {
    for (const { fork, effects } of scenes) {
      if (fork.final === undefined && !fork.cancelled) continue;
      for (const { state } of fork.branches) expect(["waking", "calling", "proceeding"]).not.toContain(state);
      // Who is invited all the same has been pushed, and is cancelled at its first word.
      for (const effect of effects) {
        if (effect.type === "invite") expect(fork.branches[effect.branch]?.state).toBe("doomed");
      }
    }
  });
});

test("who rings when the call is over is cancelled in the same step", () => {
  always((scenes) => {
    for (const { before, event, fork, effects } of scenes) {
      before.branches.forEach((branch, index) => {
        if (branch.state !== "proceeding" || fork.branches[index]?.state !== "cancelling") return;
        expect(effects, event.type).toContainEqual({ type: "cancel", branch: index });
      });
    }
  });
});

test("every INVITE that goes out has its body and a device to go to", () => {
  always((scenes) => {
    for (const { fork, effects } of scenes) {
      for (const effect of effects) {
        if (effect.type !== "invite") continue;
        expect(fork.body).toBe(subject("INVITE").body);
        expect(fork.branches[effect.branch]).toHaveProperty("connection");
      }
    }
  });
});

test("the same event twice does nothing twice that a device or the caller would notice (race h)", () => {
  always((scenes) => {
    for (const { event, now, fork } of scenes) {
      const again = on(fork, event, now);
      expect(again.fork).toEqual(fork);
      // What is said again is a repetition: a response passed on, an ACK, a failure still owed, an alarm.
      for (const { type } of again.effects) expect(["relay", "ack", "answer", "alarm"]).toContain(type);
    }
  });
});

test("when no branch is open any more the fork is decided, and only then by a failure (§16.7 step 6)", () => {
  always((scenes) => {
    for (const { before, fork } of scenes) {
      if (!fork.branches.some(isOpen)) expect(fork.final).toBeDefined();
      if (before.final === undefined && fork.final !== undefined && fork.final >= 300) {
        expect(fork.branches.some(isOpen)).toBe(false);
      }
      if (before.final !== undefined) expect(fork.final).toBe(before.final);
    }
  });
});

/** The alarms that are set and have not gone off. One goes off at its time, or later. */
function stillSet(alarms: readonly number[], { event, now, effects }: Scene): readonly number[] {
  const left = event.type === "alarm" ? alarms.filter((at) => at > now) : alarms;
  return [...left, ...effects.flatMap((effect) => (effect.type === "alarm" ? [effect.at] : []))];
}

test.each(["INVITE", "MESSAGE"])(
  "an open branch of a forked %s always has an alarm that comes no later than its deadline",
  (method) => {
    fc.assert(
      fc.property(targets, story, (devices, happenings) => {
        const [opened] = openFork(subject(method), devices, NOW, TIMERS);
        // As the app does it: the first alarm is set before the fork exists.
        let alarms: readonly number[] = [deadlineOf(opened) ?? Number.NaN];
        for (const scene of play(method, devices, happenings)) {
          alarms = stillSet(alarms, scene);
          const deadline = deadlineOf(scene.fork);
          expect(deadline !== undefined).toBe(scene.fork.branches.some(isOpen));
          if (deadline !== undefined) expect(Math.min(...alarms)).toBeLessThanOrEqual(deadline);
        }
      }),
      { numRuns: 1_000 },
    );
  },
);

test("left alone, a fork comes to its end by its alarms, and the caller has been answered", () => {
  fc.assert(
    fc.property(targets, story, (devices, happenings) => {
      const [opened] = openFork(subject("INVITE"), devices, NOW, TIMERS);
      let alarms: readonly number[] = [deadlineOf(opened) ?? Number.NaN];
      let [fork, now, isAnswered] = [opened, NOW, false];
      const see = (scene: Scene) => {
        ({ fork, now } = scene);
        alarms = stillSet(alarms, scene);
        isAnswered ||= scene.effects.some((effect) => effect.type === "answer" || isSuccess(effect));
      };
      for (const scene of play("INVITE", devices, happenings)) see(scene);
      for (let left = 20; alarms.length > 0; left--) {
        expect(left, "alarms without end").toBeGreaterThan(0);
        const at = Math.max(now, Math.min(...alarms));
        see({ before: fork, event: ALARM, now: at, ...on(fork, ALARM, at) });
      }
      expect(fork.branches.some(isOpen)).toBe(false);
      expect(fork.final).toBeDefined();
      expect(isAnswered).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test("a request that is no INVITE is never cancelled, acknowledged or pushed for, and gets one answer (RFC 4320)", () => {
  // Nobody is woken for it, so all its targets are online.
  fc.assert(
    fc.property(story, (happenings) => {
      const answers: ForkEffect[] = [];
      for (const { effects } of play("MESSAGE", [online("a"), online("b")], happenings)) {
        for (const effect of effects) {
          expect(["relay", "answer", "invite", "alarm"]).toContain(effect.type);
          if (effect.type === "relay") expect(isSuccess(effect)).toBe(true);
          if (effect.type === "relay" || effect.type === "answer") answers.push(effect);
        }
      }
      expect(new Set(answers.map((effect) => JSON.stringify(effect))).size).toBeLessThanOrEqual(1);
    }),
    { numRuns: 1_000 },
  );
});
