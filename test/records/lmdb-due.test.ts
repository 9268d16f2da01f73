import { rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { open } from "lmdb";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { DueStore } from "../../functions/ports.ts";
import { lmdbStores } from "../../infra/local/records/lmdb-stores.ts";
import type { Stores } from "../../infra/local/records/stores.ts";
import { SILENT, temporaryDirectory } from "./homes.ts";

/** Any time will do: the records' clock is what `sweep` and `due` are told. */
const T = 1_800_000_000_000;
const ALL = 10_000;
/** More calls than a sweep takes to go once through a database. */
const WHOLE_SWEEP = 40;

let directory: string;
let stores: Stores;
let records: DueStore<unknown>;

beforeEach(async () => {
  directory = temporaryDirectory();
  await start();
});
afterEach(async () => {
  await stores.close();
  rmSync(directory, { recursive: true });
});

async function start(bootId?: string): Promise<void> {
  stores = await lmdbStores(directory, { log: SILENT, ...(bootId === undefined ? {} : { bootId }) });
  records = stores.locations as DueStore<unknown>;
}

async function put(key: string, expiresAt: number, dueAt?: number): Promise<void> {
  const { version } = await records.read(key);
  expect(await records.swap(key, version, "value", expiresAt, dueAt)).toBe("committed");
}

async function sweepAll(now: number): Promise<void> {
  for (let i = 0; i < WHOLE_SWEEP; i++) await stores.sweep(now);
}

/** What the timetable has, behind the stores' back: they are closed meanwhile. */
async function timetable(): Promise<readonly (readonly [time: number, key: string])[]> {
  await stores.close();
  const root = open({ path: join(directory, "live"), maxDbs: 8 });
  const database = root.openDB<string, number>({ name: "due", dupSort: true, encoding: "string" });
  const entries = [...database.getRange()].map(({ key, value }) => [key, value] as const);
  await root.close();
  await start();
  return entries;
}

test.each([
  ["", undefined],
  [" of the machine", "another-boot"],
])("what is due, and will be, survives a restart%s", async (_, bootId) => {
  await put("due", T + 100, T);
  await put("put off", T + 100, T);
  await put("put off", T + 100, T + 5);
  await put("never", T + 100);
  await stores.close();
  await start(bootId);
  expect(await records.due(T, ALL)).toEqual(["due"]);
  expect(await records.due(T + 5, ALL)).toEqual(["due", "put off"]);
});

test("a record that was swept is due no more", async () => {
  await put("over", T, T - 50);
  await put("put off, and over", T, T - 50);
  await put("put off, and over", T, T + 50);
  await put("not over", T + 1, T - 50);
  await sweepAll(T);
  expect(await records.due(T + 100, ALL)).toEqual(["not over"]);
  expect(await timetable()).toEqual([[T - 50, "not over"]]);
});

test("a record that is put off again and again is in the timetable once", async () => {
  for (let i = 0; i < 20; i++) await put("k", T + 1_000, T + i);
  expect(await timetable()).toEqual([[T, "k"]]);
  expect(await records.due(T + 10, ALL)).toEqual([]);
  expect(await timetable()).toEqual([[T + 19, "k"]]);
});

test("a record that need not be looked at any more leaves the timetable when its time comes", async () => {
  await put("k", T + 1_000, T);
  await put("k", T + 1_000);
  expect(await records.due(T - 1, ALL)).toEqual([]);
  expect(await timetable()).toEqual([[T, "k"]]);
  expect(await records.due(T, ALL)).toEqual([]);
  expect(await timetable()).toEqual([]);
});

test("what is due is found behind however many that were put off", async () => {
  const keys = Array.from({ length: 1_500 }, (_, index) => `sip:user${index}@example.com`);
  await Promise.all(keys.map((key) => put(key, T + 1_000, T)));
  await put("due", T + 1_000, T + 1);
  await Promise.all(keys.map((key, index) => put(key, T + 1_000, index % 2 === 0 ? T + 2 : T + 500)));
  expect(await records.due(T + 2, 1)).toEqual(["due"]);
  expect(await records.due(T + 2, ALL)).toHaveLength(751);
  expect(await records.due(T + 500, ALL)).toHaveLength(1_501);
});

test("a record that is swapped while others look for what is due is found by its time, and by no other", async () => {
  const keys = Array.from({ length: 500 }, (_, index) => `sip:user${index}@example.com`);
  await Promise.all(keys.map((key) => put(key, T + 1_000, T)));
  await Promise.all(keys.map((key) => put(key, T + 1_000, T + 10)));
  const looking = records.due(T + 5, ALL);
  await Promise.all(keys.map((key) => put(key, T + 1_000, T + 20)));
  expect(await looking).toEqual([]);
  expect(await records.due(T + 19, ALL)).toEqual([]);
  expect(await records.due(T + 20, ALL)).toHaveLength(500);
});

test("records that an earlier sipwake wrote, without a timetable, are there and can be due", async () => {
  await stores.close();
  const root = open({ path: join(directory, "live"), maxDbs: 8 });
  const database = root.openDB<unknown, string>({
    name: "location",
    useVersions: true,
    sharedStructuresKey: Symbol.for("structures"),
  });
  const timetable = root.openDB<string, number>({ name: "due", dupSort: true, encoding: "string" });
  await database.put("k", { expiresAt: T + 1_000, value: "old" }, 7);
  // Put into the timetable by a later sipwake, and then written, or removed, by an earlier one.
  await database.put("listed once", { expiresAt: T + 1_000, value: "old" }, 8);
  for (const key of ["listed once", "removed since"]) await timetable.put(T, key);
  await root.close();
  await start();
  expect(await records.read("k")).toEqual({ value: "old", version: 7 });
  expect(await records.due(T, ALL)).toEqual([]);
  for (const key of ["k", "listed once"]) await put(key, T + 1_000, T + 5);
  expect(await records.due(T + 5, ALL)).toEqual(["k", "listed once"]);
});

test("the timetable has a record at most once, and none that is not there, whatever happens", async () => {
  const keys = ["a", "b", "c"] as const;
  const time = fc.integer({ min: 0, max: 12 });
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ put: fc.constantFrom(...keys), end: time, dueAt: fc.option(time) }) },
    { weight: 1, arbitrary: fc.record({ remove: fc.constantFrom(...keys) }) },
    { weight: 2, arbitrary: fc.record({ lookAt: time }) },
    { weight: 1, arbitrary: fc.record({ sweepAt: time }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
      const kept = new Map<string, { end: number; dueAt: number | null }>();
      for (const each of steps) {
        if ("put" in each) {
          await put(each.put, T + each.end, each.dueAt === null ? undefined : T + each.dueAt);
          kept.set(each.put, each);
        } else if ("remove" in each) {
          const { version } = await records.read(each.remove);
          await records.swap(each.remove, version, undefined, T);
          kept.delete(each.remove);
        } else if ("lookAt" in each) await records.due(T + each.lookAt, 2);
        else {
          await sweepAll(T + each.sweepAt);
          for (const [key, { end }] of kept) if (end <= each.sweepAt) kept.delete(key);
        }
      }
      const listed = await timetable();
      expect(new Set(listed.map(([, key]) => key)).size).toBe(listed.length);
      for (const [key, { dueAt }] of kept) {
        const at = listed.find(([, other]) => other === key)?.[0];
        if (dueAt !== null) expect(at).toBeLessThanOrEqual(T + dueAt);
      }
      for (const [, key] of listed) expect(kept.has(key)).toBe(true);
      await records.due(T + 12, ALL);
      const expected = [...kept].filter(([, { dueAt }]) => dueAt !== null);
      expect((await timetable()).toSorted()).toEqual(
        expected.map(([key, { dueAt }]) => [T + (dueAt ?? 0), key]).toSorted(),
      );
      await sweepAll(T + 100);
      expect(await timetable()).toEqual([]);
    }),
    { numRuns: 30 },
  );
});
