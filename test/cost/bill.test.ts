import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Bill, cloudBill, edgesFor, fleetBill, sumOf } from "../../infra/cost/bill.ts";
import { type Counts, NOTHING } from "../../infra/cost/counts.ts";
import { countFlows, type Flows } from "../../infra/cost/flows.ts";
import { monthOf } from "../../infra/cost/month.ts";
import { tiered } from "../../infra/cost/prices.ts";
import {
  DEFAULT_PROFILE,
  DESK_PROFILE,
  PROFILE,
  type Profile,
  profileFrom,
} from "../../infra/cost/profile.ts";

/** Flows that take nothing, but what is said. */
function flowsOf(given: Partial<Record<keyof Flows, Partial<Counts>>>): Flows {
  const others = ["session", "refresh", "ping", "reminder", "look"] as const;
  const names = ["call", "wakeUpCall", "message", "storedMessage", ...others] as const;
  const flows = names.map((name) => [name, { ...NOTHING, ...given[name] }] as const);
  return { ...(Object.fromEntries(flows) as unknown as Flows), octetsKept: 0 };
}

const NOBODY: Profile = profileFrom(Object.fromEntries(Object.keys(PROFILE).map((name) => [name, "0"])));

function costOf(bill: Bill, what: string): number {
  return bill.find(([name]) => name === what)?.[1] ?? Number.NaN;
}

describe("a month, calculated by hand", () => {
  test("of connections: always on is 43,200 minutes, a quarter of a dollar for a million", () => {
    const bill = cloudBill(flowsOf({}), { ...NOBODY, online: 1 }, 1_000);
    expect(costOf(bill, "API Gateway, connections")).toBeCloseTo((1_000 * 43_200 * 0.25) / 1e6, 10);
  });

  test("of messages: one dollar for a million, and 80 cents beyond a thousand millions", () => {
    const flows = flowsOf({ message: { frames: 4 } });
    const profile = { ...NOBODY, online: 1, messages: 10 };
    expect(costOf(cloudBill(flows, profile, 1_000), "API Gateway, messages")).toBeCloseTo(1.2, 10);
    expect(costOf(cloudBill(flows, profile, 1e6), "API Gateway, messages")).toBeCloseTo(1_000 + 200 * 0.8, 6);
  });

  test("of records: 62.5 cents for a million writes, 12.5 for a million reads", () => {
    const flows = flowsOf({ call: { writeUnits: 10, readUnits: 8 } });
    const bill = cloudBill(flows, { ...NOBODY, online: 1, calls: 1 }, 1_000);
    expect(costOf(bill, "DynamoDB, reads and writes")).toBeCloseTo(
      (30_000 * (10 * 0.625 + 8 * 0.125)) / 1e6,
      10,
    );
  });

  test("of pushes: half a dollar for a million published, and another one for a million delivered", () => {
    const bill = cloudBill(flowsOf({ wakeUpCall: { pushes: 1 } }), { ...NOBODY, calls: 2 }, 1_000);
    expect(costOf(bill, "SNS")).toBeCloseTo(60_000 / 1e6, 10);
  });

  test("of functions: 20 cents for a million runs, and the time that they take", () => {
    const bill = cloudBill(flowsOf({ ping: { runs: 1 } }), { ...NOBODY, online: 1, ping: 60 }, 1_000);
    const runs = 1_000 * 43_200;
    // 2 ms, and 250 ms for one of a hundred, of half a GB; the looks take none here.
    const time = (runs * (0.002 + 0.01 * 0.25) * 0.5 * 13.3334) / 1e6;
    expect(costOf(bill, "Lambda")).toBeCloseTo((runs * 0.2) / 1e6 + time, 6);
  });

  test("of connections that are cut every two hours: twelve a day, if the app is not opened anyhow", () => {
    const flows = flowsOf({ session: { alarms: 1 } });
    expect(monthOf(flows, { ...NOBODY, online: 1 }, true).counts.alarms).toBe(360);
    expect(monthOf(flows, { ...NOBODY, online: 1 }, false).counts.alarms).toBe(0);
    expect(monthOf(flows, { ...NOBODY, online: 1, sessions: 20 }, true).counts.alarms).toBe(600);
  });

  test("of calls: as many callees are woken as sleep", () => {
    const flows = flowsOf({ call: { alarms: 1 }, wakeUpCall: { pushes: 1 } });
    const { counts, minutes } = monthOf(flows, { ...NOBODY, online: 0.25, calls: 4, minutes: 2 }, false);
    expect([counts.alarms, counts.pushes]).toEqual([30, 90]);
    // Who is woken is connected for the call, and half a minute.
    expect(minutes).toBeCloseTo(0.25 * 43_200 + 90 * 2.5, 10);
  });
});

test("tiers are filled one after the other", () => {
  const tiers = [
    [10, 3],
    [5, 2],
    [Number.POSITIVE_INFINITY, 1],
  ] as const;
  expect([0, 10, 12, 15, 115].map((amount) => tiered(amount, tiers))).toEqual([0, 30, 34, 40, 140]);
});

describe("edges of our own", () => {
  const online = (users: number) => edgesFor(monthOf(flowsOf({}), { ...NOBODY, online: 1 }, false), users);

  test("are two at least", () => {
    expect(online(1)).toBe(2);
  });

  test("are as many as connections need in the busiest hour, when no more than all are online", () => {
    expect(online(1e6)).toBe(20);
    const few = monthOf(flowsOf({}), { ...NOBODY, online: 0.1 }, false);
    expect(edgesFor(few, 1e6)).toBe(6);
  });

  test("are as many as CPU needs: 160 µs a frame, three times as many in the busiest hour, half of a core", () => {
    const flows = flowsOf({ message: { framesIn: 1_000 } });
    const month = monthOf(flows, { ...NOBODY, online: 1, messages: 1_000 }, false);
    const pings = (1_000 / 25) * 20e-6;
    const cores = ((1_000 * 1e6 * 160e-6) / 86_400 + pings) * 6;
    expect(edgesFor(month, 1_000)).toBe(Math.ceil(cores));
  });
});

describe("with what the flows take", async () => {
  const flows = await countFlows();
  const arbitrary = fc.record({
    online: fc.double({ min: 0, max: 1, noNaN: true }),
    sessions: fc.nat(50),
    calls: fc.nat(50),
    minutes: fc.nat(60),
    messages: fc.nat(500),
    ping: fc.integer({ min: 20, max: 600 }),
    refresh: fc.integer({ min: 60, max: 3_600 }),
    reminders: fc.nat(10),
  });

  test("nobody who does more costs less", () => {
    const more = fc.constantFrom("calls", "minutes", "messages", "reminders");
    fc.assert(
      fc.property(arbitrary, more, fc.integer({ min: 1, max: 1e7 }), (profile, what, users) => {
        const name = what as keyof Profile;
        const busier = { ...profile, [name]: profile[name] + 1 };
        for (const bill of [cloudBill, fleetBill])
          expect(sumOf(bill(flows, busier, users))).toBeGreaterThanOrEqual(
            sumOf(bill(flows, profile, users)),
          );
      }),
    );
  });

  test("nothing costs less than nothing, and more users cost more", () => {
    fc.assert(
      fc.property(arbitrary, fc.integer({ min: 1, max: 1e7 }), (profile, users) => {
        for (const bill of [cloudBill, fleetBill]) {
          const items = bill(flows, profile, users);
          for (const [, dollars] of items) expect(dollars).toBeGreaterThanOrEqual(0);
          expect(sumOf(bill(flows, profile, users + 1_000))).toBeGreaterThanOrEqual(sumOf(items));
        }
      }),
    );
  });

  test("few are cheaper on API Gateway, many on edges, whether they sleep or not", () => {
    for (const profile of [DEFAULT_PROFILE, DESK_PROFILE]) {
      const dearer = (users: number) =>
        sumOf(cloudBill(flows, profile, users)) > sumOf(fleetBill(flows, profile, users));
      expect([dearer(1_000), dearer(100_000)]).toEqual([false, true]);
    }
  });
});

describe("what is said on the command line", () => {
  test("stands for the default", () => {
    expect(profileFrom({ calls: "5.5", online: "1" })).toEqual({ ...DEFAULT_PROFILE, calls: 5.5, online: 1 });
  });

  test.each([{ calls: "" }, { calls: "many" }, { calls: "-1" }, { online: "2" }, { calls: "Infinity" }])(
    "must be a number: %j",
    (given) => {
      expect(() => profileFrom(given)).toThrow(/^--(calls|online) must be a number/);
    },
  );
});
