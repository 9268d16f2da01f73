import { type AttributeValue, DynamoDBClient, type PutItemCommand } from "@aws-sdk/client-dynamodb";
import { expect, onTestFinished, test } from "vitest";
import { dynamoDbStore } from "../../functions/aws/dynamodb-store.ts";
import { ensureTable } from "../../functions/aws/dynamodb-table.ts";
import { ABSENT } from "../../functions/ports.ts";
import { countingStore } from "../../infra/cost/counting-store.ts";
import { indexUnits, itemOctets, readUnits, writeUnits } from "../../infra/cost/dynamodb-units.ts";
import { countFlows } from "../../infra/cost/flows.ts";
import { memoryStores } from "../../infra/local/records/memory-stores.ts";
import { startDynamoDbDouble } from "../records/dynamodb-double.ts";

test("what is counted is the same each time", async () => {
  expect(await countFlows()).toEqual(await countFlows());
});

test("a sleeping phone is pushed once, an online one never, and whoever is called costs an alarm", async () => {
  const { call, wakeUpCall, message, storedMessage, session, ping } = await countFlows();
  expect([call.pushes, message.pushes, session.pushes, ping.pushes]).toEqual([0, 0, 0, 0]);
  expect([wakeUpCall.pushes, storedMessage.pushes]).toEqual([1, 1]);
  expect(call.alarms).toBeGreaterThan(0);
  // INVITE, 180, 200, ACK, BYE and 200 come in; as much goes out, and a 100.
  expect([call.framesIn, call.frames]).toEqual([6, 13]);
  expect(ping).toMatchObject({ runs: 1, frames: 2, calls: 0 });
});

test.each([
  [0, 1, 1],
  [1_024, 1, 1],
  [1_025, 2, 1],
  [4_096, 4, 1],
  [4_097, 5, 2],
])("an item of %i octets is %i write units and %i read units", (octets, writes, reads) => {
  expect([writeUnits(0, octets), writeUnits(octets, 0), readUnits(octets)]).toEqual([writes, writes, reads]);
});

test("an entry of the index is written when it comes, goes or moves, and not else", () => {
  expect([indexUnits(undefined, undefined), indexUnits(1, 1)]).toEqual([0, 0]);
  expect([indexUnits(undefined, 1), indexUnits(1, undefined), indexUnits(1, 2)]).toEqual([1, 1, 2]);
});

/** Octets of an item by DynamoDB's rules: names and texts in UTF-8, a number a byte for two digits and one. */
function metered(item: Readonly<Record<string, AttributeValue>>): number {
  return Object.entries(item).reduce((sum, [name, { S, N }]) => {
    const digits = (N ?? "").replace(/0+$/, "").length;
    return sum + name.length + (S === undefined ? Math.ceil(digits / 2) + 1 : Buffer.byteLength(S));
  }, 0);
}

test("an item is as large as we think, within ten octets", async () => {
  const double = await startDynamoDbDouble();
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint: double.url, region: "us-east-1", credentials });
  onTestFinished(async () => {
    client.destroy();
    await double.close();
  });
  const items: Readonly<Record<string, AttributeValue>>[] = [];
  client.middlewareStack.add(
    (next) => (args) => {
      const { Item } = args.input as PutItemCommand["input"];
      if (Item !== undefined) items.push(Item);
      return next(args);
    },
    { step: "initialize" },
  );
  await ensureTable(client, "records");
  const value = { text: "é".repeat(500), list: [1, 2, 3] };
  const store = dynamoDbStore(client, "records", "location");
  const now = Date.UTC(2026, 10, 23, 9, 12, 34, 567);
  for (const [key, dueAt] of [
    ["sip:bob@x", undefined],
    ["sip:alice@x", now + 1_234],
  ] as const) {
    await store.swap(key, ABSENT, value, now + 3_600_000, dueAt);
    const thought = itemOctets("location", key, JSON.stringify(value), dueAt !== undefined);
    expect(Math.abs(metered(items.at(-1) ?? {}) - thought)).toBeLessThan(10);
  }
  expect(items).toHaveLength(2);
});

test("a swap that comes too late is metered, too, and changes nothing", async () => {
  const taken: number[] = [];
  const { budgets } = memoryStores();
  const store = countingStore("budget", budgets, ({ writeUnits: units }) => taken.push(units));
  const value = { spentUntil: 1, padding: "x".repeat(2_500) };
  await store.swap("a", ABSENT, value, 1, 5);
  const octets = store.octets();
  expect(await store.swap("a", ABSENT, { spentUntil: 2 }, 1)).toBe("stale");
  expect(store.octets()).toBe(octets);
  const { version } = await store.read("a");
  await store.swap("a", version, undefined, 1);
  // Three KB and an entry of the index; the three that are there; a read; these, and the entry that goes.
  expect(taken).toEqual([4, 3, 0, 4]);
  expect(store.octets()).toBe(0);
});
