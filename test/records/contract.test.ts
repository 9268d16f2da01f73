import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NOWHERE } from "../../functions/location/location.ts";
import { ABSENT, type RecordStore, type Subscriber, type Version } from "../../functions/ports.ts";
import type { Call } from "../../functions/proxy/call.ts";
import { HOMES, type Home } from "./homes.ts";

/** In ms since 1970; nothing in the contract depends on it being over. */
const LATER = Date.now() + 3_600_000;

/** What SIP may make of an AoR, a Call-ID or a user part: any octet. */
const octets = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
const key = octets.filter((text) => text.length > 0);

/** Plain data in the shapes that our records have. */
const value = fc.record({
  uri: octets,
  callee: fc.option(octets, { nil: undefined }),
  cseq: fc.nat(2 ** 31 - 1),
  until: fc.integer({ min: 0, max: 2 ** 52 }),
  closed: fc.boolean(),
  branches: fc.array(fc.record({ state: octets, connection: fc.option(octets, { nil: undefined }) }), {
    maxLength: 5,
  }),
});

describe.each(HOMES)("records in %s", (name, move) => {
  let home: Home;
  /** The stores do not look at values, so any plain data will do. */
  let records: RecordStore<unknown>;
  let others: RecordStore<unknown>;
  let keysMade = 0;
  const freshKey = () => `sip:user${++keysMade}@example.com`;

  beforeAll(async () => {
    home = await move();
    records = home.stores.locations as RecordStore<unknown>;
    others = home.stores.forks as RecordStore<unknown>;
  });
  afterAll(() => home.leave());

  async function create(at: string, content: unknown): Promise<Version> {
    expect(await records.swap(at, ABSENT, content, LATER)).toBe("committed");
    return (await records.read(at)).version;
  }

  test("a record that was never written reads as undefined, in the version of what is absent", async () => {
    expect(await records.read(freshKey())).toEqual({ value: undefined, version: ABSENT });
  });

  test("a record is created once: whoever comes second is stale and changes nothing", async () => {
    const at = freshKey();
    const version = await create(at, "first");
    expect(version).not.toBe(ABSENT);
    expect(await records.swap(at, ABSENT, "second", LATER)).toBe("stale");
    expect(await records.read(at)).toEqual({ value: "first", version });
  });

  test("a swap by the version that was read commits, and makes another version", async () => {
    const at = freshKey();
    const version = await create(at, "old");
    expect(await records.swap(at, version, "new", LATER)).toBe("committed");
    const found = await records.read(at);
    expect(found.value).toBe("new");
    expect([ABSENT, version]).not.toContain(found.version);
  });

  test("a swap by an older version is stale and changes nothing", async () => {
    const at = freshKey();
    const version = await create(at, "first");
    await records.swap(at, version, "second", LATER);
    const found = await records.read(at);
    expect(await records.swap(at, version, "third", LATER)).toBe("stale");
    expect(await records.read(at)).toEqual(found);
  });

  test("a swap of a record that is not there (any more) is stale and makes none", async () => {
    const at = freshKey();
    const version = await create(at, "gone soon");
    await records.swap(at, version, undefined, LATER);
    expect(await records.swap(at, version, "too late", LATER)).toBe("stale");
    expect(await records.read(at)).toEqual({ value: undefined, version: ABSENT });
  });

  test("a record that is removed by the version that was read is absent again", async () => {
    const at = freshKey();
    const version = await create(at, "gone soon");
    expect(await records.swap(at, version, undefined, LATER)).toBe("committed");
    expect(await records.read(at)).toEqual({ value: undefined, version: ABSENT });
  });

  test("a removal by an older version is stale and removes nothing", async () => {
    const at = freshKey();
    const version = await create(at, "first");
    await records.swap(at, version, "second", LATER);
    expect(await records.swap(at, version, undefined, LATER)).toBe("stale");
    expect((await records.read(at)).value).toBe("second");
  });

  test("the removal of what was absent does not remove what somebody has made since", async () => {
    const at = freshKey();
    await create(at, "made since");
    await records.swap(at, ABSENT, undefined, LATER);
    expect((await records.read(at)).value).toBe("made since");
  });

  test("a record that was removed and made again accepts no write from before", async () => {
    // Often, because it all may happen within one tick of the clock that versions might be made of.
    for (let round = 0; round < 5; round++) {
      const at = freshKey();
      const first = await create(at, "first");
      await records.swap(at, first, "second", LATER);
      const { version: second } = await records.read(at);
      await records.swap(at, second, undefined, LATER);
      const again = await create(at, "made again");
      for (const before of [first, second]) {
        expect(await records.swap(at, before, "ghost", LATER)).toBe("stale");
        expect(await records.swap(at, before, undefined, LATER)).toBe("stale");
      }
      expect(await records.read(at)).toEqual({ value: "made again", version: again });
    }
  });

  test("records of two kinds do not meet under the same key", async () => {
    const at = freshKey();
    const version = await create(at, "a location");
    expect(await others.read(at)).toEqual({ value: undefined, version: ABSENT });
    expect(await others.swap(at, ABSENT, "a fork", LATER)).toBe("committed");
    const { version: other } = await others.read(at);
    await others.swap(at, other, undefined, LATER);
    expect(await records.read(at)).toEqual({ value: "a location", version });
  });

  test("each of the seven kinds is a kind of its own, and all but users are forgotten when they have run out", async () => {
    const { locations, forks, connections, subscribers, calls, mailboxes, messages } = home.stores;
    const kinds = [
      locations,
      forks,
      connections,
      subscribers,
      calls,
      mailboxes,
      messages,
    ] as RecordStore<unknown>[];
    const at = freshKey();
    for (const [n, kind] of kinds.entries()) expect(await kind.swap(at, ABSENT, n, LATER)).toBe("committed");
    const found = async () => Promise.all(kinds.map(async (kind) => (await kind.read(at)).value));
    expect(await found()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    for (let round = 0; round < 40; round++) await home.stores.sweep(LATER);
    // DynamoDB forgets by itself.
    const isSwept = (await found())[0] === undefined;
    const swept = [undefined, undefined, undefined, 3, undefined, undefined, undefined];
    expect(await found()).toEqual(isSwept ? swept : [0, 1, 2, 3, 4, 5, 6]);
    expect(isSwept).toBe(name !== "DynamoDB");
    // A number is no user and no call, and others list them.
    for (const kind of kinds) await kind.swap(at, (await kind.read(at)).version, undefined, LATER);
  });

  test("values come back as they went in", async () => {
    await fc.assert(
      fc.asyncProperty(value, async (content) => {
        const at = freshKey();
        await create(at, content);
        expect((await records.read(at)).value).toEqual(content);
      }),
      { numRuns: 40 },
    );
  });

  test("every octet comes back, in a value and in a key", async () => {
    const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("");
    await create(all, { head: all });
    expect((await records.read(all)).value).toEqual({ head: all });
  });

  test("a value of 100 KB comes back whole", async () => {
    const at = freshKey();
    const content = { head: "INVITE sip:bob@example.com SIP/2.0\r\n", body: "\xff\0ü".repeat(100_000 / 3) };
    const version = await create(at, content);
    expect(await records.swap(at, version, { ...content, head: "" }, LATER)).toBe("committed");
    expect((await records.read(at)).value).toEqual({ ...content, head: "" });
  });

  test("keys of whatever characters SIP allows are different records as soon as they differ", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { minLength: 2, maxLength: 4 }), async (keys) => {
        const at = keys.map((text) => `${freshKey()};${text}`);
        const stem = freshKey();
        const alike = keys.map((text) => `${stem};${text}`);
        for (const each of [...at, ...alike]) await create(each, each);
        for (const each of [...at, ...alike]) expect((await records.read(each)).value).toBe(each);
      }),
      { numRuns: 20 },
    );
  });

  test("of many swaps of one version exactly one commits, and its value is there", async () => {
    const at = freshKey();
    const version = await create(at, "start");
    const names = Array.from({ length: 12 }, (_, index) => `writer ${index}`);
    const outcomes = await Promise.all(names.map((name) => records.swap(at, version, name, LATER)));
    expect(outcomes.filter((outcome) => outcome === "committed")).toHaveLength(1);
    expect((await records.read(at)).value).toBe(names[outcomes.indexOf("committed")]);
  });

  test("of many removals of one version exactly one commits", async () => {
    const at = freshKey();
    const version = await create(at, "gone soon");
    const removing = Array.from({ length: 6 }, () => records.swap(at, version, undefined, LATER));
    const outcomes = await Promise.all(removing);
    expect(outcomes.filter((outcome) => outcome === "committed")).toHaveLength(1);
  });

  test("of many that create one record exactly one does, and its value is there", async () => {
    const at = freshKey();
    const names = Array.from({ length: 12 }, (_, index) => `writer ${index}`);
    const outcomes = await Promise.all(names.map((name) => records.swap(at, ABSENT, name, LATER)));
    expect(outcomes.filter((outcome) => outcome === "committed")).toHaveLength(1);
    expect((await records.read(at)).value).toBe(names[outcomes.indexOf("committed")]);
  });

  test("many writers that read, decide and swap lose no increment, also where they remove in between", async () => {
    const at = freshKey();
    let removals = 0;
    // Every fifth step removes the record: whoever does keeps account of the five that were in it.
    const increment = async () => {
      for (;;) {
        const { value: found, version } = await records.read(at);
        const next = ((found as number | undefined) ?? 0) + 1;
        if ((await records.swap(at, version, next === 5 ? undefined : next, LATER)) === "stale") continue;
        if (next === 5) removals++;
        return;
      }
    };
    const writer = async () => {
      for (let i = 0; i < 5; i++) await increment();
    };
    await Promise.all(Array.from({ length: 6 }, writer));
    const rest = (await records.read(at)).value ?? 0;
    expect(removals * 5 + (rest as number)).toBe(30);
  });

  test("a swap that was answered is in every later read", async () => {
    const at = freshKey();
    let { version } = await records.read(at);
    for (let i = 0; i < 10; i++) {
      expect(await records.swap(at, version, i, LATER)).toBe("committed");
      const found = await records.read(at);
      expect(found.value).toBe(i);
      version = found.version;
    }
  });

  test("a record that never ends outlives every sweep", async () => {
    const at = freshKey();
    expect(await records.swap(at, ABSENT, "for good", Number.POSITIVE_INFINITY)).toBe("committed");
    for (let round = 0; round < 40; round++) await home.stores.sweep(Number.MAX_SAFE_INTEGER);
    const { value: kept, version } = await records.read(at);
    expect(kept).toBe("for good");
    expect(await records.swap(at, version, "ended", LATER)).toBe("committed");
  });

  test("users are listed by their AoRs, each once, without those that were removed and with no other records", async () => {
    const { subscribers, locations } = home.stores;
    const subscriber: Subscriber = { ha1s: { MD5: "a", "SHA-256": "b" } };
    const aors = Array.from({ length: 30 }, (_, index) => `sip:%C3%A9${index}@example.com`);
    for (const aor of [...aors, "sip:gone@example.com"]) {
      await subscribers.swap(aor, ABSENT, subscriber, Number.POSITIVE_INFINITY);
    }
    await subscribers.swap(
      "sip:gone@example.com",
      (await subscribers.read("sip:gone@example.com")).version,
      undefined,
      LATER,
    );
    await locations.swap("sip:nobody@example.com", ABSENT, NOWHERE, LATER);
    const listed: string[] = [];
    for await (const aor of home.stores.users()) listed.push(aor);
    expect(listed.sort()).toEqual(aors.sort());
  });

  test("calls are listed as they were written, each once, however many there are, and with no other records", async () => {
    const { calls, locations } = home.stores;
    const written = Array.from({ length: 250 }, (_, n): Call => ({ callId: `call-${n}`, attempts: [] }));
    await Promise.all(written.map((call) => calls.swap(call.callId, ABSENT, call, LATER)));
    await locations.swap("sip:somebody@example.com", ABSENT, NOWHERE, LATER);
    await calls.swap("call-7", (await calls.read("call-7")).version, undefined, LATER);
    const listed: Call[] = [];
    for await (const call of home.stores.keptCalls()) listed.push(call);
    const byCallId = (one: Call, other: Call) => (one.callId < other.callId ? -1 : 1);
    const left = written.filter(({ callId }) => callId !== "call-7");
    expect(listed.sort(byCallId)).toEqual(left.sort(byCallId));
  });
});
