import fc from "fast-check";
import { expect, test } from "vitest";
import { InOrder } from "../../infra/edge/in-order.ts";

/** Work that is under way until the test says otherwise. */
function job() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const state = { isStarted: false };
  const work = () => {
    state.isStarted = true;
    return ended;
  };
  return { state, work, end: () => end() };
}

test("work is started at once where there is none of its key before it", () => {
  const order = new InOrder();
  const [first, other] = [job(), job()];
  order.run("a", first.work);
  order.run("b", other.work);
  expect([first.state.isStarted, other.state.isStarted]).toEqual([true, true]);
  first.end();
  other.end();
});

test("work is not started before that of its key is done", async () => {
  const order = new InOrder();
  const [first, second] = [job(), job()];
  order.run("a", first.work);
  order.run("a", second.work);
  expect(second.state.isStarted).toBe(false);
  first.end();
  second.end();
  await order.settled();
  expect(second.state.isStarted).toBe(true);
});

test("everything has settled when the last work of every key is done, and at once when there is none", async () => {
  const order = new InOrder();
  await order.settled();
  const jobs = [job(), job(), job()];
  for (const [index, { work }] of jobs.entries()) order.run(index < 2 ? "a" : "b", work);
  let isSettled = false;
  const settled = order.settled().then(() => {
    isSettled = true;
  });
  jobs[0]?.end();
  jobs[2]?.end();
  await Promise.resolve();
  expect(isSettled).toBe(false);
  jobs[1]?.end();
  await settled;
  expect(jobs.every(({ state }) => state.isStarted)).toBe(true);
});

test("whatever finishes when, work of one key never overlaps and keeps its order", async () => {
  const arrivals = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(arrivals, fc.scheduler(), async (keys, scheduler) => {
      const order = new InOrder();
      const running = new Set<string>();
      const done = new Map<string, number[]>();
      for (const [index, key] of keys.entries()) {
        order.run(key, async () => {
          expect(running.has(key)).toBe(false);
          running.add(key);
          await scheduler.schedule(Promise.resolve());
          running.delete(key);
          done.set(key, [...(done.get(key) ?? []), index]);
        });
      }
      await scheduler.waitFor(order.settled());
      for (const key of new Set(keys)) {
        expect(done.get(key)).toEqual(keys.flatMap((other, index) => (other === key ? [index] : [])));
      }
    }),
  );
});
