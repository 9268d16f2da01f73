import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ConnectionId, ForkId } from "../../functions/location/ids.ts";
import { ABSENT, type Alarms } from "../../functions/ports.ts";
import type { Fork } from "../../functions/proxy/fork.ts";
import { type EdgeName, newConnectionId, newEdgeName } from "../../infra/edge/edge-name.ts";
import type { FleetRecords } from "../../infra/fleet/fleet-records.ts";
import { heir } from "../../infra/fleet/heir.ts";
import { leaseFrom, leaseTimes } from "../../infra/fleet/lease.ts";
import { keeperOf } from "../../infra/fleet/open-fork.ts";
import { dynamoDbStores } from "../../infra/local/records/dynamodb-stores.ts";
import type { Stores } from "../../infra/local/records/stores.ts";
import { inviting, online } from "../proxy/a-fork.ts";
import { type DynamoDbDouble, startDynamoDbDouble } from "../records/dynamodb-double.ts";
import { SILENT } from "../records/homes.ts";

const TIMES = leaseTimes(15_000);
const START = Date.UTC(2026, 10, 23, 9);
const DEATH = START + TIMES.lease + TIMES.tolerance;

let now: number;
let double: DynamoDbDouble;
let stores: Stores;
let records: FleetRecords;
let edge: EdgeName;

beforeEach(async () => {
  now = START;
  double = await startDynamoDbDouble();
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", double.url);
  stores = await dynamoDbStores("sipwake", { isDouble: true, isFleet: true });
  if (stores.fleet === undefined) throw new Error("no fleet");
  records = stores.fleet;
  edge = newEdgeName();
  const lease = leaseFrom(now, "http://127.0.0.1:1", TIMES);
  await records.edges.swap(edge, ABSENT, lease, lease.deadAt, lease.deadAt);
});
afterEach(async () => {
  await stores.close();
  await double.close();
  vi.unstubAllEnvs();
});

/** A call that came to an edge and rings. */
function ringing(id: string, keeper = edge): Fork {
  const fork = inviting(online("a"));
  const caller = { aor: undefined, key: undefined, connection: newConnectionId(keeper) };
  return { ...fork, id: id as ForkId, caller };
}

async function keep(fork: Fork): Promise<void> {
  const { version } = await stores.forks.read(fork.id);
  await stores.forks.swap(fork.id, version, fork, DEATH);
}

/** An edge that lives, and the forks that it rings for. */
function aSurvivor() {
  const rung: string[] = [];
  const alarms: Alarms = {
    set: async (fork, at) => {
      expect(at).toBeLessThanOrEqual(now);
      rung.push(fork);
    },
  };
  return { rung, inherit: heir({ records, alarms, clock: () => now, log: SILENT }) };
}

describe("forks of an edge that died", () => {
  test("ring at every edge that lives, once at each, when its lease is over for sure", async () => {
    for (const id of ["one", "two"]) await keep(ringing(id));
    const survivors = [aSurvivor(), aSurvivor()];
    now = DEATH - 1;
    for (const { inherit } of survivors) await inherit();
    expect(survivors.map(({ rung }) => rung)).toEqual([[], []]);
    now = DEATH;
    for (const { inherit } of [...survivors, ...survivors]) await inherit();
    for (const { rung } of survivors) expect(rung.toSorted()).toEqual(["one", "two"]);
  });

  test("that another edge keeps, or that are over, ring nowhere", async () => {
    await keep(ringing("another's", newEdgeName()));
    await keep(ringing("over"));
    await keep({ ...ringing("over"), branches: [] });
    now = DEATH;
    const { rung, inherit } = aSurvivor();
    await inherit();
    expect(rung).toEqual([]);
  });

  test("that it opened at the last moment ring, too", async () => {
    now = DEATH;
    const { rung, inherit } = aSurvivor();
    await inherit();
    await keep(ringing("late"));
    await inherit();
    expect(rung).toEqual(["late"]);
  });

  test("keep its lease until the last of them is over, for whoever starts anew; then it goes", async () => {
    await keep(ringing("long"));
    now = DEATH + 3_600_000;
    await aSurvivor().inherit();
    const { rung, inherit } = aSurvivor();
    await inherit();
    expect(rung).toEqual(["long"]);
    await keep({ ...ringing("long"), branches: [] });
    await inherit();
    expect((await records.edges.read(edge)).value).toBeUndefined();
    expect(await records.edges.due(now, 10)).toEqual([]);
  });

  test("stay with an edge that was late, and renews its lease after all", async () => {
    await keep(ringing("its own"));
    now = DEATH - 1;
    const lease = leaseFrom(now, "http://127.0.0.1:1", TIMES);
    const { version } = await records.edges.read(edge);
    await records.edges.swap(edge, version, lease, lease.deadAt, lease.deadAt);
    now = DEATH;
    const { rung, inherit } = aSurvivor();
    await inherit();
    expect(rung).toEqual([]);
  });
});

describe("the edge that keeps a fork", () => {
  test("is the one that its request came to, as long as anything is awaited or owed", () => {
    const fork = ringing("fork");
    expect(keeperOf(fork)).toBe(edge);
    expect(keeperOf({ ...fork, branches: [], final: 480, owed: true })).toBe(edge);
    expect(keeperOf({ ...fork, branches: [], final: 480, owed: false })).toBeUndefined();
  });

  test("is nobody whom an id of API Gateway's could name: such forks cost no index entry", () => {
    const caller = { aor: undefined, key: undefined, connection: "RYGzEcSNvHcCH8A=" as ConnectionId };
    expect(keeperOf({ ...ringing("fork"), caller })).toBeUndefined();
    expect(keeperOf({ ...ringing("fork"), caller: { ...caller, connection: undefined } })).toBeUndefined();
  });
});
