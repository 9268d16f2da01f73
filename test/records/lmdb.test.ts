import { rmSync } from "node:fs";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { ConfigError } from "../../functions/config/config-error.ts";
import type { ForkId } from "../../functions/location/ids.ts";
import { type Location, NOWHERE } from "../../functions/location/location.ts";
import { ABSENT, type Subscriber } from "../../functions/ports.ts";
import type { Fork } from "../../functions/proxy/fork.ts";
import { SCHEMA } from "../../functions/schema.ts";
import type { Aor } from "../../functions/sip/aor.ts";
import { openLmdbEnvironment } from "../../infra/local/records/lmdb-environment.ts";
import { lmdbStores } from "../../infra/local/records/lmdb-stores.ts";
import type { Stores } from "../../infra/local/records/stores.ts";
import { SILENT, temporaryDirectory } from "./homes.ts";

/** Any time will do: the records' clock is what `sweep` is told. */
const NOW = 1_800_000_000_000;
/** More calls than a sweep takes to go once through a database. */
const WHOLE_SWEEP = 40;

let directory: string;
let stores: Stores;

beforeEach(async () => {
  directory = temporaryDirectory();
  stores = await lmdbStores(directory, { log: SILENT });
});
afterEach(async () => {
  await stores.close();
  rmSync(directory, { recursive: true });
});

/** As the next start does, in this run of the machine or in another one. */
async function reopen(bootId?: string): Promise<void> {
  await stores.close();
  stores = await lmdbStores(directory, { log: SILENT, ...(bootId === undefined ? {} : { bootId }) });
}

async function sweepAll(now: number): Promise<void> {
  for (let i = 0; i < WHOLE_SWEEP; i++) await stores.sweep(now);
}

function waitingFor(fork: string): Location {
  return { ...NOWHERE, waiting: [{ fork: fork as ForkId, key: "k" as never, device: "k", until: NOW }] };
}

function aFork(id: string): Fork {
  return {
    id: id as ForkId,
    method: "INVITE",
    head: "INVITE sip:bob@example.com SIP/2.0\r\n",
    body: "v=0\r\n\xff",
    caller: { aor: undefined, key: undefined, connection: undefined },
    callee: "sip:bob@example.com" as Aor,
    branches: [],
    cancelled: false,
    best: undefined,
    challenges: [],
    final: undefined,
    owed: false,
    history: [],
  };
}

async function keptForkIds(): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of stores.keptForks()) ids.push(id);
  return ids.sort();
}

test.each([
  ["", undefined],
  [" on a machine that was started anew", "another-boot"],
])(
  "records of every kind survive closing and opening again%s, in the versions they had",
  async (_, bootId) => {
    const subscriber: Subscriber = { ha1s: { md5: "a", sha256: "b" } as never };
    await stores.locations.swap("sip:a@b.c", ABSENT, waitingFor("f"), NOW);
    await stores.forks.swap("f", ABSENT, aFork("f"), NOW);
    await stores.connections.swap("c", ABSENT, { registered: [], closed: true }, NOW);
    await stores.calls.swap("i", ABSENT, { callId: "i", attempts: [] }, NOW);
    await stores.subscribers.swap("sip:a@b.c", ABSENT, subscriber, NOW);
    const before = await stores.locations.read("sip:a@b.c");
    await reopen(bootId);
    expect(await stores.locations.read("sip:a@b.c")).toEqual(before);
    expect(before.value).toEqual(waitingFor("f"));
    expect((await stores.forks.read("f")).value).toEqual(aFork("f"));
    expect((await stores.connections.read("c")).value).toEqual({ registered: [], closed: true });
    expect((await stores.calls.read("i")).value).toEqual({ callId: "i", attempts: [] });
    expect((await stores.subscribers.read("sip:a@b.c")).value).toEqual(subscriber);
    expect(await stores.locations.swap("sip:a@b.c", before.version, NOWHERE, NOW)).toBe("committed");
  },
);

test("a write from before a restart is not accepted by a record that was removed and made again", async () => {
  await stores.locations.swap("k", ABSENT, waitingFor("old"), NOW);
  const { version } = await stores.locations.read("k");
  await stores.locations.swap("k", version, undefined, NOW);
  await reopen();
  await stores.locations.swap("k", ABSENT, waitingFor("new"), NOW);
  expect(await stores.locations.swap("k", version, waitingFor("ghost"), NOW)).toBe("stale");
  expect((await stores.locations.read("k")).value).toEqual(waitingFor("new"));
});

test("no version comes back, however often a record is removed and made again within one tick of the clock", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const seen: number[] = [];
  for (let round = 0; round < 20; round++) {
    let version = ABSENT;
    for (const written of [NOWHERE, NOWHERE, NOWHERE, undefined]) {
      expect(await stores.locations.swap("k", version, written, NOW)).toBe("committed");
      ({ version } = await stores.locations.read("k"));
      if (version !== ABSENT) seen.push(version);
    }
  }
  expect(seen).toHaveLength(60);
  expect(new Set(seen).size).toBe(60);
});

test("a sweep forgets what has run out and nothing else", async () => {
  for (const [key, expiresAt] of [
    ["long over", NOW - 3_600_000],
    ["just over", NOW],
    ["not yet over", NOW + 1],
    ["far from over", NOW + 3_600_000],
  ] as const) {
    await stores.locations.swap(key, ABSENT, waitingFor(key), expiresAt);
    await stores.forks.swap(key, ABSENT, aFork(key), expiresAt);
    await stores.connections.swap(key, ABSENT, { registered: [], closed: false }, expiresAt);
    await stores.calls.swap(key, ABSENT, { callId: key, attempts: [] }, expiresAt);
  }
  await sweepAll(NOW);
  for (const records of [stores.locations, stores.forks, stores.connections, stores.calls]) {
    expect((await records.read("long over")).version).toBe(ABSENT);
    expect((await records.read("just over")).version).toBe(ABSENT);
    expect((await records.read("not yet over")).version).not.toBe(ABSENT);
    expect((await records.read("far from over")).version).not.toBe(ABSENT);
  }
  expect(await keptForkIds()).toEqual(["far from over", "not yet over"]);
});

test("subscribers are never swept", async () => {
  await stores.subscribers.swap("sip:a@b.c", ABSENT, { ha1s: {} as never }, NOW - 1);
  await sweepAll(NOW);
  expect((await stores.subscribers.read("sip:a@b.c")).version).not.toBe(ABSENT);
});

test("a sweep comes round to every record, however many there are, and to new ones again and again", async () => {
  for (const round of [1, 2]) {
    const keys = Array.from({ length: 700 }, (_, index) => `sip:user${index}@example.com`);
    await Promise.all(keys.map((key) => stores.locations.swap(key, ABSENT, NOWHERE, NOW + (round % 2))));
    await sweepAll(NOW + 1);
    const versions = await Promise.all(keys.map(async (key) => (await stores.locations.read(key)).version));
    expect(versions.filter((version) => version !== ABSENT)).toEqual([]);
  }
});

test("one sweep looks at a part of the records only, so that it never holds up calls", async () => {
  const keys = Array.from({ length: 1_000 }, (_, index) => `sip:user${index}@example.com`);
  await Promise.all(keys.map((key) => stores.locations.swap(key, ABSENT, NOWHERE, NOW)));
  await stores.sweep(NOW);
  const versions = await Promise.all(keys.map(async (key) => (await stores.locations.read(key)).version));
  const forgotten = versions.filter((version) => version === ABSENT).length;
  expect(forgotten).toBeGreaterThan(0);
  expect(forgotten).toBeLessThan(500);
});

test("a record that was renewed survives the sweep", async () => {
  await stores.locations.swap("sip:a@b.c", ABSENT, waitingFor("first"), NOW);
  const { version } = await stores.locations.read("sip:a@b.c");
  await stores.locations.swap("sip:a@b.c", version, waitingFor("renewed"), NOW + 60_000);
  await sweepAll(NOW);
  expect((await stores.locations.read("sip:a@b.c")).value).toEqual(waitingFor("renewed"));
});

test("a renewal that meets the sweep either commits and stays, or is told that it is stale", async () => {
  const keys = Array.from({ length: 80 }, (_, index) => `sip:user${index}@example.com`);
  await Promise.all(keys.map((key) => stores.locations.swap(key, ABSENT, waitingFor("old"), NOW)));
  const found = await Promise.all(keys.map((key) => stores.locations.read(key)));
  const renew = (_: unknown, index: number) => {
    const { version } = found[index] ?? { version: ABSENT };
    return stores.locations.swap(keys[index] ?? "", version, waitingFor("renewed"), NOW + 60_000);
  };
  // Half of them are committed before the sweep, half are handed over in the same turn as it.
  const early = await Promise.all(found.slice(0, 40).map(renew));
  const late = found.slice(40).map((_, index) => renew(_, index + 40));
  await stores.sweep(NOW);
  const outcomes = [...early, ...(await Promise.all(late))];
  for (const [index, key] of keys.entries()) {
    const expected = outcomes[index] === "committed" ? waitingFor("renewed") : undefined;
    expect((await stores.locations.read(key)).value).toEqual(expected);
  }
  expect(early).toEqual(Array(40).fill("committed"));
});

test("the forks that are kept can be listed, also after a restart, without those that were removed", async () => {
  expect(await keptForkIds()).toEqual([]);
  for (const id of ["f1", "f2", "f3"]) await stores.forks.swap(id, ABSENT, aFork(id), NOW);
  const { version } = await stores.forks.read("f2");
  await stores.forks.swap("f2", version, undefined, NOW);
  await reopen();
  expect(await keptForkIds()).toEqual(["f1", "f3"]);
  for await (const fork of stores.keptForks()) expect(fork).toEqual(aFork(fork.id));
});

test("thousands of users are listed in order, while others come and go", async () => {
  const subscriber: Subscriber = { ha1s: {} as never };
  const aors = Array.from({ length: 2_500 }, (_, index) => `sip:user${1_000 + index}@example.com`);
  await Promise.all(aors.map((aor) => stores.subscribers.swap(aor, ABSENT, subscriber, Infinity)));
  const listed: string[] = [];
  for await (const aor of stores.users()) {
    listed.push(aor);
    // Behind where the listing is, and before it: neither makes it skip or repeat.
    if (listed.length === 1_500) {
      await stores.subscribers.swap("sip:user0@example.com", ABSENT, subscriber, Infinity);
      const { version } = await stores.subscribers.read("sip:user1001@example.com");
      await stores.subscribers.swap("sip:user1001@example.com", version, undefined, Infinity);
    }
  }
  expect(listed).toEqual(aors);
});

test("a write that cannot be made fails alone: its neighbours of the same turn are committed", async () => {
  const tooLong = "x".repeat(5_000);
  const writes = ["sip:a@b.c", tooLong, "sip:d@e.f"].map((key) =>
    stores.locations.swap(key, ABSENT, waitingFor("fork"), NOW),
  );
  expect(await Promise.allSettled(writes)).toMatchObject([
    { status: "fulfilled", value: "committed" },
    { status: "rejected" },
    { status: "fulfilled", value: "committed" },
  ]);
  expect((await stores.locations.read("sip:d@e.f")).value).toEqual(waitingFor("fork"));
});

test("what is at hand is what is on the disk, for more records than are kept at hand", async () => {
  const keys = Array.from({ length: 5_000 }, (_, index) => `k${index}`);
  const write = (what: string) => async (key: string) => {
    const { version } = await stores.locations.read(key);
    expect(await stores.locations.swap(key, version, waitingFor(`${what} ${key}`), NOW)).toBe("committed");
  };
  await Promise.all(keys.map(write("first")));
  // Some of the first, which are no longer at hand, and some of the last, which are.
  const again = new Set([...keys.slice(0, 50), ...keys.slice(-50)]);
  await Promise.all(Array.from(again, write("second")));
  const expected = keys.map((key) => waitingFor(`${again.has(key) ? "second" : "first"} ${key}`));
  const readAll = () => Promise.all(keys.map(async (key) => (await stores.locations.read(key)).value));
  expect(await readAll()).toEqual(expected);
  await reopen();
  expect(await readAll()).toEqual(expected);
});

test("what a later sipwake has written is left alone, and said so", async () => {
  const subscriber: Subscriber = { ha1s: {} as never };
  await stores.subscribers.swap("sip:a@b.c", ABSENT, subscriber, Number.POSITIVE_INFINITY);
  await stores.close();
  await writeSchema(SCHEMA + 1);
  await expect(lmdbStores(directory, { log: SILENT })).rejects.toThrow(ConfigError);
  await writeSchema(SCHEMA);
  stores = await lmdbStores(directory, { log: SILENT });
  expect((await stores.subscribers.read("sip:a@b.c")).value).toEqual(subscriber);
});

async function writeSchema(schema: number): Promise<void> {
  const { root, close } = await openLmdbEnvironment(directory, { log: SILENT });
  await root.put("#schema", schema);
  await close();
}
