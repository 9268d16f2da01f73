import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withoutConnection } from "../../functions/location/ended-flow.ts";
import type { BindingKey } from "../../functions/location/ids.ts";
import { type Location, NOWHERE } from "../../functions/location/location.ts";
import { withoutTarget } from "../../functions/location/pushed.ts";
import { due } from "../../functions/registrar/agenda.ts";
import { withoutWatcher } from "../../functions/registrar/watch.ts";
import { binding, NOW, TOKEN } from "../location/a-binding.ts";
import { isSomethingDue, lookOut, written } from "./a-look-out.ts";
import { aRegister, locationAfter, POLICY, registered, WS } from "./a-register.ts";
import { aWatcher } from "./a-watcher.ts";

// When sleeping phones are asked by a push to register again (RFC 8599 §5.5). Somebody looks every 5 s.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const KEY = "<urn:uuid:1>;" as BindingKey;

const phone = (seconds: number, more = ";pn-provider=fcm;pn-param=acme;pn-prid=T") =>
  aRegister({ contacts: [`<sip:p@x${more}>;+sip.instance="<urn:uuid:1>"`], expires: seconds });

/** A phone that registered for so long, and is online. */
function online(seconds: number, more?: string): Location {
  return written(NOWHERE, registered(phone(seconds, more)), NOW);
}

/** A phone that registered for so long, and sleeps. */
function asleep(seconds: number): Location {
  const awake = online(seconds);
  return written(awake, withoutConnection(awake, WS), NOW);
}

/** The seconds that were left of the phone's registration when it was reminded. */
function reminders(location: Location, seconds: number, from = NOW): readonly number[] {
  const end = NOW + seconds * SECOND;
  return lookOut(location, from, end + HOUR).reminders.map(([, at]) => (end - at) / SECOND);
}

describe("a phone that sleeps is reminded (RFC 8599 §5.5)", () => {
  test.each<[string, number, readonly number[]]>([
    ["with a quarter of an hour left of an hour", 3_600, [900, 840, 720, 480, 150]],
    ["with a quarter left of 20 minutes", 1_200, [300, 240, 150]],
    ["once if a quarter is all that there is room for", 600, [150]],
    ["once of the shortest registration that there is", POLICY.minPushExpires, [150]],
    [
      "a day before the end of 30 days and not sooner",
      30 * 86_400,
      [86_400, 86_340, 86_220, 85_980, 85_500, 84_540, 82_620, 78_780, 71_100, 55_740, 25_020, 150],
    ],
  ])("%s, at twice the pause each time", (_, seconds, left) => {
    expect(reminders(asleep(seconds), seconds)).toEqual(left);
  });

  test("at any length and whenever somebody looks: in time, ever more seldom, and never after 120 s before the end", () => {
    const length = fc.integer({ min: POLICY.minPushExpires, max: 40_000 });
    fc.assert(
      fc.property(length, fc.integer({ min: 0, max: 4_999 }), (seconds, phase) => {
        const end = NOW + seconds * SECOND;
        const times = lookOut(asleep(seconds), NOW + phase, end + HOUR).reminders.map(([, at]) => at);
        const [first = 0] = times;
        const last = times.at(-1) ?? 0;
        const planned = end - Math.max((seconds * SECOND) / 4, 150 * SECOND);
        expect(first).toBeGreaterThanOrEqual(planned);
        expect(first).toBeLessThan(planned + 5 * SECOND);
        expect(last).toBeGreaterThanOrEqual(end - 150 * SECOND);
        expect(last).toBeLessThanOrEqual(end - 120 * SECOND);
        const pauses = times.slice(1).map((later, index) => later - (times[index] ?? 0));
        for (const [index, pause] of pauses.entries()) {
          const doubled = MINUTE * 2 ** index;
          expect(pause).toBeLessThan(doubled + 5 * SECOND);
          if (index < pauses.length - 1) expect(pause).toBeGreaterThanOrEqual(doubled);
        }
      }),
    );
  });

  test("at once if it falls asleep when its time has come already", () => {
    const awake = online(3_600);
    const late = NOW + 50 * MINUTE;
    const slept = written(awake, withoutConnection(awake, WS), late);
    expect(reminders(slept, 3_600, late)[0]).toBe(600);
  });

  test("each by its own clock if there are several", () => {
    const ends = [HOUR, 2 * HOUR];
    const bindings = ends.map((length, index) =>
      binding(`p${index}`, { push: TOKEN, expiresAt: NOW + length }),
    );
    const both = written(NOWHERE, { ...NOWHERE, bindings }, NOW);
    const firsts = new Map(lookOut(both, NOW, NOW + 3 * HOUR).reminders.toReversed());
    expect(firsts.get("p0")).toBe(NOW + 45 * MINUTE);
    expect(firsts.get("p1")).toBe(NOW + 90 * MINUTE);
  });

  test("once, even if two look at once: it is noted before it is sent", () => {
    const location = asleep(3_600);
    const first = due(location, NOW + 45 * MINUTE);
    expect(first.silent.map(({ key }) => key)).toEqual([KEY]);
    expect(due(first.location, NOW + 45 * MINUTE).silent).toEqual([]);
  });
});

describe("a phone is reminded no more", () => {
  const noticed = lookOut(asleep(3_600), NOW, NOW + 47 * MINUTE).location;

  test("once it has registered: its next reminder is the first of its new registration", () => {
    const now = NOW + 47 * MINUTE;
    const back = written(noticed, registered(phone(3_600), noticed, { now }), now);
    expect(back.bindings).toMatchObject([{ reminded: undefined }]);
    const slept = written(back, withoutConnection(back, WS), now);
    const [next] = lookOut(slept, now, now + HOUR).reminders;
    expect(next).toEqual([KEY, now + 45 * MINUTE]);
  });

  test.each<[string, (location: Location) => Location]>([
    [
      "once it has unregistered",
      (location) => registered(aRegister({ contacts: ["*"], expires: 0, cseq: 2 }), location),
    ],
    [
      "once its provider calls its token dead",
      (location) => withoutTarget(location, ({ prid }) => prid === "T", "dead"),
    ],
  ])("%s", (_, change) => {
    const now = NOW + 47 * MINUTE;
    const changed = written(noticed, change(noticed), now);
    expect(changed.dueAt).toBeUndefined();
    expect(lookOut(changed, now, now + HOUR).reminders).toEqual([]);
  });
});

describe("a phone that is online refreshes by itself", () => {
  test("and is reminded, once, when the last moment of a long registration has come: it may be frozen", () => {
    expect(reminders(online(3_600), 3_600)).toEqual([150]);
    expect(reminders(online(1_800), 1_800)).toEqual([150]);
  });

  test("and is never reminded of one shorter than half an hour", () => {
    expect(reminders(online(1_799), 1_799)).toEqual([]);
  });

  test("and one that cannot be pushed is never reminded, nor looked at", () => {
    const desk = online(3_600, "");
    expect(desk.dueAt).toBeUndefined();
    expect(reminders(desk, 3_600)).toEqual([]);
    const pushless = written(
      NOWHERE,
      { ...NOWHERE, bindings: [binding("d", { expiresAt: NOW + HOUR })] },
      NOW,
    );
    expect(pushless.dueAt).toBeUndefined();
  });

  test("and is reminded no more if it falls asleep after its last moment", () => {
    const seen = lookOut(online(3_600), NOW, NOW + HOUR - 140 * SECOND).location;
    const slept = written(seen, withoutConnection(seen, WS), NOW + HOUR - 140 * SECOND);
    expect(lookOut(slept, NOW + HOUR - 140 * SECOND, NOW + 2 * HOUR).reminders).toEqual([]);
  });
});

describe("when a location must be looked at", () => {
  test("is not written anew with every REGISTER: an early look in vain is cheaper", () => {
    const before = online(7_200);
    const now = NOW + 10 * MINUTE;
    const after = written(before, registered(phone(7_200), before, { now }), now);
    expect(after.dueAt).toBe(before.dueAt);
    expect(after.bindings[0]?.expiresAt).toBe(NOW + 2 * HOUR + 10 * MINUTE);
  });

  test("is in the future once it has been looked at, and written only if it changes", () => {
    const now = NOW + 45 * MINUTE;
    const seen = lookOut(asleep(3_600), now, now + 1).location;
    expect(seen.dueAt).toBe(now + MINUTE);
    expect(written(seen, seen, now)).toBe(seen);
  });

  test("is the end of a registration or of a subscription if somebody watches", () => {
    const desk = registered(phone(600, ""));
    const watched = { ...desk, watchers: [aWatcher({ until: NOW + DAY })] };
    expect(written(NOWHERE, watched, NOW).dueAt).toBe(NOW + (600 + POLICY.grace) * SECOND);
    const alone = { ...NOWHERE, watchers: [aWatcher({ until: NOW + HOUR })] };
    expect(written(NOWHERE, alone, NOW).dueAt).toBe(NOW + HOUR);
  });

  test("is never if there is nothing to be done, whatever was set before", () => {
    const before = { ...locationAfter(), dueAt: NOW + MINUTE };
    expect(written(before, { ...before, bindings: [] }, NOW).dueAt).toBeUndefined();
  });

  test("is never later than something in it is due, whatever happens in whatever order", () => {
    const device = fc.constantFrom("a", "b", "c");
    const token = fc.constantFrom("", ";pn-provider=fcm;pn-param=acme;pn-prid=");
    const change = fc.oneof(
      fc
        .tuple(device, token, fc.constantFrom(0, 180, 600, 1_800, 7_200, 2_592_000))
        .map(([name, push, seconds]) => (location: Location, now: number, cseq: number) => {
          const more = push === "" ? "" : push + name;
          const contact = `<sip:${name}@x${more}>;+sip.instance="<urn:uuid:${name}>"`;
          return registered(aRegister({ contacts: [contact], expires: seconds, cseq }), location, { now });
        }),
      fc.constant((location: Location) => withoutConnection(location, WS)),
      fc.integer({ min: 1, max: 7_200 }).map((seconds) => (location: Location, now: number) => ({
        ...withoutWatcher(location, "w"),
        watchers: [aWatcher({ id: "w", until: now + seconds * SECOND })],
      })),
      fc.constant((location: Location) => withoutWatcher(location, "w")),
    );
    const wait = fc.integer({ min: 0, max: 4 * HOUR });
    fc.assert(
      fc.property(fc.array(fc.tuple(change, wait), { maxLength: 12 }), (history) => {
        let location: Location = NOWHERE;
        let now = NOW;
        for (const [index, [apply, pause]] of history.entries()) {
          location = written(location, apply(location, now, index + 1), now);
          // Until it is due by its own account, nothing is: looked at any moment between, and the last one.
          const end = Math.min(location.dueAt ?? Number.POSITIVE_INFINITY, now + 40 * DAY);
          for (const part of [0, 0.25, 0.5, 0.9]) {
            const moment = Math.floor(now + (end - 1 - now) * part);
            if (moment < end) expect(isSomethingDue(location, moment)).toBe(false);
          }
          if (end > now) expect(isSomethingDue(location, end - 1)).toBe(false);
          const next = now + pause;
          location = lookOut(location, now, next).location;
          now = next;
        }
      }),
    );
  });
});
