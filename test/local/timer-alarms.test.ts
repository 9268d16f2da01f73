import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ForkId } from "../../functions/location/ids.ts";
import { jsonLog } from "../../functions/log.ts";
import { timerAlarms } from "../../infra/local/timer-alarms.ts";

const NOW = 1_800_000_000_000;
const [ONE, OTHER] = ["fork-1", "fork-2"] as [ForkId, ForkId];

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => void vi.useRealTimers());

/** Alarms that note which forks they ring for, and when. */
function notedAlarms(ringing: (fork: ForkId) => Promise<void> = async () => {}) {
  const rung: [ForkId, number][] = [];
  const logged: string[] = [];
  const alarms = timerAlarms(
    (fork) => {
      rung.push([fork, Date.now() - NOW]);
      return ringing(fork);
    },
    () => Date.now(),
    jsonLog("error", (line) => logged.push(line), Date.now),
  );
  return { alarms, rung, logged };
}

test("an alarm rings once, for its fork, at its time and not before", async () => {
  const { alarms, rung } = notedAlarms();
  await alarms.set(ONE, NOW + 25_000);
  await alarms.set(OTHER, NOW + 2_000);
  await vi.advanceTimersByTimeAsync(24_999);
  expect(rung).toEqual([[OTHER, 2_000]]);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(rung).toEqual([
    [OTHER, 2_000],
    [ONE, 25_000],
  ]);
});

test("an alarm whose time has passed rings at once, but not before it has been set", async () => {
  const { alarms, rung } = notedAlarms();
  await alarms.set(ONE, NOW - 60_000);
  expect(rung).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(rung).toHaveLength(1);
});

test("an alarm that could not ring is logged, and rings again until it could, later each time", async () => {
  let failures = 2;
  const { alarms, rung, logged } = notedAlarms(async () => {
    if (failures-- > 0) throw new Error("throttled");
  });
  await alarms.set(ONE, NOW + 1_000);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(rung).toEqual([
    [ONE, 1_000],
    [ONE, 3_000],
    [ONE, 7_000],
  ]);
  expect(logged.map((line) => JSON.parse(line))).toMatchObject([
    { event: "fault", what: "alarm", error: expect.stringContaining("throttled") },
    { event: "fault", what: "alarm" },
  ]);
});

test("an alarm that never can ring ends, after some minutes", async () => {
  const { alarms, rung } = notedAlarms(async () => {
    throw new Error("a record that nobody can read");
  });
  await alarms.set(ONE, NOW);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(rung).toHaveLength(9);
  expect(rung.at(-1)?.[1]).toBeGreaterThan(300_000);
  expect(vi.getTimerCount()).toBe(0);
});

test("a fork may have several alarms", async () => {
  const { alarms, rung } = notedAlarms();
  for (const delay of [1_000, 1_000, 3_000]) await alarms.set(ONE, NOW + delay);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(rung.map(([, at]) => at)).toEqual([1_000, 1_000, 3_000]);
});

test("an alarm in months does not ring now", async () => {
  const { alarms, rung } = notedAlarms();
  await alarms.set(ONE, NOW + 2 ** 32);
  await vi.advanceTimersByTimeAsync(86_400_000);
  expect(rung).toEqual([]);
  await alarms.close();
});

test("once closed, no alarm rings any more", async () => {
  const { alarms, rung } = notedAlarms();
  await alarms.set(ONE, NOW + 1_000);
  await alarms.close();
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(rung).toEqual([]);
});

test("closing waits for the alarms that are ringing, and they set no others that would ring after it", async () => {
  let finish = () => {};
  const work = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const { alarms, rung } = notedAlarms(async (fork) => {
    await work;
    if (rung.length < 3) await alarms.set(fork, NOW + 5_000);
  });
  await alarms.set(ONE, NOW + 1_000);
  await vi.advanceTimersByTimeAsync(1_000);
  let isClosed = false;
  const closing = alarms.close().then(() => {
    isClosed = true;
  });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(isClosed).toBe(false);
  finish();
  await closing;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(rung).toEqual([[ONE, 1_000]]);
});
