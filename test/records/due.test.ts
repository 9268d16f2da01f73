import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DueStore } from "../../functions/ports.ts";
import { HOMES, type Home } from "./homes.ts";

/** When records end, in ms since 1970; none does here. */
const LATER = Date.now() + 3_600_000;
/** Any time will do: what is due is asked for as of some time. */
const T = 1_800_000_000_000;
const ALL = 1_000;

describe.each(HOMES)("what is due in %s", (name, move) => {
  let home: Home;
  let records: DueStore<unknown>;

  beforeAll(async () => {
    home = await move();
    records = home.stores.locations as DueStore<unknown>;
  });
  afterAll(() => home.leave());

  /** Writes a record as it is now, or removes it. */
  async function put(key: string, value: unknown, dueAt?: number): Promise<void> {
    const { version } = await records.read(key);
    expect(await records.swap(key, version, value, LATER, dueAt)).toBe("committed");
  }

  /** Runs a test on records that are its own, and leaves none of them. */
  async function withRecords(keys: readonly string[], use: () => Promise<void>): Promise<void> {
    try {
      await use();
    } finally {
      for (const key of keys) await put(key, undefined);
    }
    expect(await records.due(Number.MAX_SAFE_INTEGER, ALL)).toEqual([]);
  }

  test("nothing is due at first", async () => {
    expect(await records.due(Number.MAX_SAFE_INTEGER, ALL)).toEqual([]);
  });

  test("a record is due once its time has come, and not before", () =>
    withRecords(["k"], async () => {
      await put("k", "value", T);
      expect(await records.due(T - 1, ALL)).toEqual([]);
      expect(await records.due(T, ALL)).toEqual(["k"]);
      expect(await records.due(T + 3_600_000, ALL)).toEqual(["k"]);
    }));

  test("a record that never said when is never due", () =>
    withRecords(["k"], async () => {
      await put("k", "value");
      await put("k", "other value");
      expect(await records.due(Number.MAX_SAFE_INTEGER, ALL)).toEqual([]);
    }));

  test("a record is due until a swap says otherwise, however often it is named", () =>
    withRecords(["k"], async () => {
      await put("k", "value", T);
      for (let i = 0; i < 3; i++) expect(await records.due(T, ALL)).toEqual(["k"]);
      await put("k", "other value", T);
      expect(await records.due(T, ALL)).toEqual(["k"]);
    }));

  test.each([
    ["a swap that does not say when", (key: string) => put(key, "other value")],
    ["a removal", (key: string) => put(key, undefined)],
  ])("%s ends it", (_, end) =>
    withRecords(["ended", "k"], async () => {
      await put("ended", "value", T);
      await put("k", "value", T);
      await end("ended");
      expect(await records.due(T, ALL)).toEqual(["k"]);
      // And for good: what was due once does not come back.
      await put("ended", "value again");
      expect(await records.due(Number.MAX_SAFE_INTEGER, ALL)).toEqual(["k"]);
      await put("ended", "value again", T + 1);
      expect(await records.due(T, ALL)).toEqual(["k"]);
      expect(await records.due(T + 1, ALL)).toEqual(["k", "ended"]);
    }),
  );

  test("a record that is put off is due at the later time only, also when that was asked for before", () =>
    withRecords(["k"], async () => {
      for (const dueAt of [T, T + 10, T + 20]) {
        await put("k", "value", dueAt);
        expect(await records.due(dueAt - 1, ALL)).toEqual([]);
        expect(await records.due(dueAt, ALL)).toEqual(["k"]);
      }
      await put("k", "value", T + 30);
      await put("k", "value", T + 40);
      expect(await records.due(T + 39, ALL)).toEqual([]);
      expect(await records.due(T + 40, ALL)).toEqual(["k"]);
    }));

  test("a record that is brought forward is due at the earlier time", () =>
    withRecords(["k"], async () => {
      await put("k", "value", T + 20);
      await put("k", "value", T + 10);
      expect(await records.due(T + 9, ALL)).toEqual([]);
      expect(await records.due(T + 10, ALL)).toEqual(["k"]);
      await put("k", "value", T + 15);
      expect(await records.due(T + 14, ALL)).toEqual([]);
      expect(await records.due(T + 20, ALL)).toEqual(["k"]);
    }));

  test("the longest due come first, and of many no more than were asked for", () => {
    // More than there are shards.
    const keys = Array.from({ length: 60 }, (_, index) => `sip:user${index}@example.com`);
    return withRecords(keys, async () => {
      // In an order that is neither that of the keys nor that of the writes.
      const at = (index: number) => T + ((index * 37) % 60);
      for (const [index, key] of keys.entries()) await put(key, "value", at(index));
      const inTime = keys.toSorted((one, other) => at(keys.indexOf(one)) - at(keys.indexOf(other)));
      expect(await records.due(T + 60, ALL)).toEqual(inTime);
      expect(await records.due(T + 29, ALL)).toEqual(inTime.slice(0, 30));
      expect(await records.due(T + 60, 7)).toEqual(inTime.slice(0, 7));
      expect(await records.due(T + 60, 1)).toEqual(inTime.slice(0, 1));
      // Who was put off goes behind.
      await put(inTime[0] ?? "", "value", T + 60);
      expect(await records.due(T + 60, 7)).toEqual(inTime.slice(1, 8));
      expect((await records.due(T + 60, ALL)).at(-1)).toBe(inTime[0]);
    });
  });

  test("a swap that is stale changes nothing about when a record is due", () =>
    withRecords(["k", "absent"], async () => {
      await put("k", "value", T);
      const { version } = await records.read("k");
      await put("k", "other value", T + 10);
      for (const [value, dueAt] of [
        ["late", undefined],
        ["late", T + 5],
        ["late", T + 20],
        [undefined, undefined],
      ] as const) {
        expect(await records.swap("k", version, value, LATER, dueAt)).toBe("stale");
        expect(await records.swap("absent", version, value, LATER, dueAt)).toBe("stale");
      }
      expect(await records.due(T + 9, ALL)).toEqual([]);
      expect(await records.due(Number.MAX_SAFE_INTEGER, ALL)).toEqual(["k"]);
      expect(await records.due(T + 10, ALL)).toEqual(["k"]);
    }));

  test("of many swaps of one version the time of the one that committed holds", () =>
    withRecords(["k"], async () => {
      const swaps = Array.from({ length: 8 }, (_, i) => records.swap("k", 0, `writer ${i}`, LATER, T + i));
      const outcomes = await Promise.all(swaps);
      const dueAt = T + outcomes.indexOf("committed");
      expect(await records.due(dueAt - 1, ALL)).toEqual([]);
      expect(await records.due(dueAt, ALL)).toEqual(["k"]);
    }));

  test("looking for what is due makes nobody's swap stale", () =>
    withRecords(["k"], async () => {
      await put("k", "value", T);
      await put("k", "other value", T + 10);
      const found = await records.read("k");
      await records.due(T, ALL);
      expect(await records.read("k")).toEqual(found);
      expect(await records.swap("k", found.version, "third value", LATER)).toBe("committed");
      expect(await records.due(T + 10, ALL)).toEqual([]);
    }));

  test("keys come as they are, of whatever octets and length", () => {
    const octets = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("");
    const keys = [
      octets,
      "\0",
      "\0\0x",
      "\x1e",
      "\x1b",
      "ÿ".repeat(200),
      "x".repeat(1_500),
      `${"x".repeat(70)}\0y`,
    ];
    return withRecords(keys, async () => {
      for (const [index, key] of keys.entries()) await put(key, "value", T + index);
      expect(await records.due(T + keys.length, ALL)).toEqual(keys);
      for (const key of keys) await put(key, "value");
      expect(await records.due(T + keys.length, ALL)).toEqual([]);
    });
  });

  const keys = ["sip:a@b.c", "sip:d@e.f", "sip:g@h.i", "sip:j@k.l"] as const;
  const time = fc.integer({ min: 0, max: 12 });
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ put: fc.constantFrom(...keys), dueAt: fc.option(time) }) },
    { weight: 1, arbitrary: fc.record({ remove: fc.constantFrom(...keys) }) },
    { weight: 1, arbitrary: fc.record({ stale: fc.constantFrom(...keys), dueAt: fc.option(time) }) },
    { weight: 4, arbitrary: fc.record({ askAt: time, limit: fc.integer({ min: 1, max: 5 }) }) },
  );

  test("after any swaps, what is due is what the last of them said, in its order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) =>
        withRecords(keys, async () => {
          const dueAt = new Map<string, number>();
          const look = async (now: number, limit: number) => {
            const named = await records.due(T + now, limit);
            const expected = [...dueAt.values()].filter((at) => at <= now).sort((a, b) => a - b);
            expect(named.map((key) => dueAt.get(key))).toEqual(expected.slice(0, limit));
            expect(new Set(named).size).toBe(named.length);
          };
          for (const each of steps) {
            if ("put" in each) {
              await put(each.put, "value", each.dueAt === null ? undefined : T + each.dueAt);
              if (each.dueAt === null) dueAt.delete(each.put);
              else dueAt.set(each.put, each.dueAt);
            } else if ("remove" in each) {
              await put(each.remove, undefined);
              dueAt.delete(each.remove);
            } else if ("stale" in each) {
              const at = each.dueAt === null ? undefined : T + each.dueAt;
              expect(await records.swap(each.stale, 1, "late", LATER, at)).toBe("stale");
            } else await look(each.askAt, each.limit);
          }
          await look(12, ALL);
        }),
      ),
      { numRuns: name === "DynamoDB" ? 15 : 200 },
    );
  });
});
