import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DueStore } from "../../functions/ports.ts";
import type { EdgeName } from "../../infra/edge/edge-name.ts";
import { isDead, type Lease, leaseTimes } from "../../infra/fleet/lease.ts";
import { leases } from "../../infra/fleet/leases.ts";
import { type Membership, membership } from "../../infra/fleet/membership.ts";
import { memoryStores } from "../../infra/local/records/memory-stores.ts";
import { SILENT } from "../records/homes.ts";

const TIMES = leaseTimes(15_000);
const NOW = Date.UTC(2026, 10, 23, 9);
const URL_OF_IT = "http://10.0.0.5:8081";

/** Records that can be out of reach, and hold leases. */
function aTable() {
  // The store does not look at values.
  const kept = memoryStores().locations as unknown as DueStore<Lease>;
  let isOut = false;
  const reached = <Answer>(answer: () => Promise<Answer>) =>
    isOut ? Promise.reject(new Error("out of reach")) : answer();
  const edges: DueStore<Lease> = {
    read: (key) => reached(() => kept.read(key)),
    swap: (...change) => reached(() => kept.swap(...change)),
    due: (...question) => reached(() => kept.due(...question)),
  };
  return {
    edges,
    loseReach: () => {
      isOut = true;
    },
    regainReach: () => {
      isOut = false;
    },
  };
}

/** An edge that has joined, by a clock that the test turns. */
async function aMember(edges: DueStore<Lease>, skew = 0) {
  let now = NOW + skew;
  let losses = 0;
  const member = membership({
    edges,
    times: TIMES,
    clock: () => now,
    log: SILENT,
    url: () => URL_OF_IT,
    onLost: () => {
      losses++;
    },
  });
  await member.join();
  return {
    member,
    name: nameOf(member),
    pass: (ms: number) => {
      now += ms;
    },
    losses: () => losses,
  };
}

function nameOf(member: Membership): EdgeName {
  const name = member.name();
  if (name === undefined) throw new Error("it has no name");
  return name;
}

/** Whether an edge whose clock says so takes the other one for dead. */
async function isDeadTo(edges: DueStore<Lease>, name: EdgeName, now: number): Promise<boolean> {
  return (await leases(edges, () => now).urlOf(name)) === undefined;
}

describe("an edge in its fleet", () => {
  test("can be reached as soon as it has joined, under the URL that it says", async () => {
    const { edges } = aTable();
    const { name } = await aMember(edges);
    expect(await leases(edges, () => NOW).urlOf(name)).toBe(URL_OF_IT);
  });

  test("lives as long as it renews its lease, under one name", async () => {
    const { edges } = aTable();
    const { member, name, pass, losses } = await aMember(edges);
    for (let renewals = 1; renewals <= 20; renewals++) {
      pass(TIMES.renewal);
      await member.renew();
      expect(member.name()).toBe(name);
      expect(await isDeadTo(edges, name, NOW + renewals * TIMES.renewal)).toBe(false);
    }
    expect(losses()).toBe(0);
  });

  test("survives that the records are out of reach at one renewal", async () => {
    const { edges, loseReach, regainReach } = aTable();
    const { member, name, pass, losses } = await aMember(edges);
    loseReach();
    pass(TIMES.renewal);
    await member.renew();
    regainReach();
    pass(TIMES.renewal - 1);
    await member.renew();
    pass(TIMES.renewal);
    expect([member.name(), losses()]).toEqual([name, 0]);
  });

  test("has no name from the moment at which it could not renew it, and is told to end what it holds, once", async () => {
    const { edges, loseReach } = aTable();
    const { member, pass, losses } = await aMember(edges);
    loseReach();
    pass(TIMES.lease - TIMES.tolerance - 1);
    member.watch();
    expect([member.name() === undefined, losses()]).toEqual([false, 0]);
    pass(1);
    expect(member.name()).toBeUndefined();
    member.watch();
    member.watch();
    await member.renew();
    expect(losses()).toBe(1);
  });

  test("does not go on under a name that it has lost while the records were answering", async () => {
    const { edges } = aTable();
    let whileAnswering = () => {};
    const slow: DueStore<Lease> = {
      ...edges,
      swap: async (...change) => {
        const outcome = await edges.swap(...change);
        whileAnswering();
        return outcome;
      },
    };
    const { member, pass, losses } = await aMember(slow);
    pass(TIMES.renewal);
    whileAnswering = () => pass(TIMES.lease);
    await member.renew();
    expect([member.name(), losses()]).toEqual([undefined, 1]);
  });

  test("takes another name when the records can be reached again, and the former one stays dead", async () => {
    const { edges, loseReach, regainReach } = aTable();
    const { member, name, pass } = await aMember(edges);
    loseReach();
    pass(60_000);
    await member.renew();
    expect(member.name()).toBeUndefined();
    regainReach();
    await member.renew();
    expect(member.name()).not.toBe(name);
    expect(await isDeadTo(edges, name, NOW + 60_000)).toBe(true);
    expect(await isDeadTo(edges, nameOf(member), NOW + 60_000)).toBe(false);
  });

  test("ends what it holds when others have taken it for dead and cleared it away", async () => {
    const { edges } = aTable();
    const { member, name, pass, losses } = await aMember(edges);
    await edges.swap(name, (await edges.read(name)).version, undefined, 0);
    pass(TIMES.renewal);
    await member.renew();
    expect([member.name(), losses()]).toEqual([undefined, 1]);
  });

  test("is dead to all at once when it leaves, whatever their clocks say, and is due to be looked at", async () => {
    const { edges } = aTable();
    const { member, name } = await aMember(edges);
    await member.leave();
    expect(member.name()).toBeUndefined();
    for (const skew of [-2 * TIMES.tolerance, 0, 2 * TIMES.tolerance])
      expect(await isDeadTo(edges, name, NOW + skew)).toBe(true);
    expect(await edges.due(NOW, 1)).toEqual([name]);
  });

  test("leaves though the records are out of reach: its lease ends by itself", async () => {
    const { edges, loseReach, regainReach } = aTable();
    const { member, name } = await aMember(edges);
    loseReach();
    await member.leave();
    regainReach();
    expect(await isDeadTo(edges, name, NOW + TIMES.lease + TIMES.tolerance - 1)).toBe(false);
    expect(await isDeadTo(edges, name, NOW + TIMES.lease + TIMES.tolerance)).toBe(true);
  });

  test("without a lease is dead: nobody holds a connection under a name before it is written", async () => {
    expect(await isDeadTo(aTable().edges, "AAAAAAAAAAAA" as EdgeName, NOW)).toBe(true);
  });
});

/** How often it is looked between two renewals. */
const PARTS = 5;

describe("whatever the clocks say, as long as each is right by the tolerance,", () => {
  const skew = fc.integer({ min: -TIMES.tolerance, max: TIMES.tolerance });
  const steps = fc.array(fc.record({ pause: fc.nat(TIMES.lease / PARTS), isInReach: fc.boolean() }), {
    minLength: 1,
    maxLength: 12,
  });

  test("nobody takes an edge for dead that still believes in its name", async () => {
    await fc.assert(
      fc.asyncProperty(skew, skew, steps, async (own, readers, renewals) => {
        const { edges, loseReach, regainReach } = aTable();
        const { member, pass } = await aMember(edges, own);
        let elapsed = 0;
        for (const { pause, isInReach } of renewals) {
          for (let part = 0; part < PARTS; part++) {
            pass(pause);
            elapsed += pause;
            const name = member.name();
            if (name === undefined) continue;
            expect(isDead((await edges.read(name)).value, NOW + elapsed + readers)).toBe(false);
          }
          if (!isInReach) loseReach();
          await member.renew();
          regainReach();
        }
      }),
    );
  });
});

test("a lease is read once, and again when it has run out or is said to be doubtful", async () => {
  const { edges } = aTable();
  let reads = 0;
  let now = NOW;
  const { member, name, pass } = await aMember(edges);
  const read: typeof edges.read = (key) => {
    reads++;
    return edges.read(key);
  };
  const counted = leases({ ...edges, read }, () => now);
  for (let messages = 0; messages < 3; messages++) await counted.urlOf(name);
  expect(reads).toBe(1);
  counted.forget(name);
  await counted.urlOf(name);
  expect(reads).toBe(2);
  pass(TIMES.renewal);
  await member.renew();
  now += TIMES.lease - TIMES.tolerance;
  expect(await counted.urlOf(name)).toBe(URL_OF_IT);
  expect(await counted.urlOf(name)).toBe(URL_OF_IT);
  expect(reads).toBe(3);
});
