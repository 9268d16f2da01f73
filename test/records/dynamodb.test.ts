import {
  type DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dynamoDbClient } from "../../functions/aws/dynamodb-client.ts";
import { dynamoDbKeys } from "../../functions/aws/dynamodb-scan.ts";
import { dynamoDbStore, PARTITION_KEY, TIME_TO_LIVE } from "../../functions/aws/dynamodb-store.ts";
import { ensureTable } from "../../functions/aws/dynamodb-table.ts";
import { ABSENT, type RecordStore } from "../../functions/ports.ts";
import { LaterSchema, SCHEMA } from "../../functions/schema.ts";
import { type DynamoDbDouble, startDynamoDbDouble } from "./dynamodb-double.ts";
import { type LossyProxy, startLossyProxy } from "./lossy-proxy.ts";

const TABLE = "sipwake";
const NOW = 1_800_000_000_000;

let double: DynamoDbDouble;
let proxy: LossyProxy;
let client: DynamoDBClient;
let records: RecordStore<string>;

beforeEach(async () => {
  double = await startDynamoDbDouble();
  proxy = await startLossyProxy(double.url);
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", proxy.url);
  client = dynamoDbClient({ isDouble: true });
  records = dynamoDbStore(client, TABLE, "location");
  await ensureTable(client, TABLE);
});
afterEach(async () => {
  client.destroy();
  await proxy.close();
  await double.close();
  vi.unstubAllEnvs();
});

async function itemAt(pk: string) {
  return (await client.send(new GetItemCommand({ TableName: TABLE, Key: { [PARTITION_KEY]: { S: pk } } })))
    .Item;
}

test("a record is one item: its kind and key, its value as JSON, and a time to live an hour past its end", async () => {
  await records.swap("sip:a@b.c", ABSENT, "first", NOW + 1);
  const item = await itemAt("location#sip:a@b.c");
  expect(item?.["value"]).toEqual({ S: '"first"' });
  expect(item?.[TIME_TO_LIVE]).toEqual({ N: String(NOW / 1000 + 1 + 3_600) });
});

test("a record that never ends has no time to live", async () => {
  await records.swap("sip:a@b.c", ABSENT, "first", NOW);
  const { version } = await records.read("sip:a@b.c");
  await records.swap("sip:a@b.c", version, "for good", Number.POSITIVE_INFINITY);
  const item = await itemAt("location#sip:a@b.c");
  expect(item?.["value"]).toEqual({ S: '"for good"' });
  expect(item).not.toHaveProperty(TIME_TO_LIVE);
});

test("keys of one kind are listed without their values, however many pages they take", async () => {
  const others = dynamoDbStore<string>(client, TABLE, "locations");
  const keys = Array.from({ length: 20 }, (_, index) => `sip:a${index}@b.c`);
  // A page ends after a megabyte of what is looked at.
  for (const key of keys) await records.swap(key, ABSENT, "x".repeat(150_000), NOW);
  await others.swap("sip:z@b.c", ABSENT, "another kind", NOW);
  const before = proxy.operations.length;
  const found: string[] = [];
  for await (const key of dynamoDbKeys(client, TABLE, "location")) found.push(key);
  expect(found.sort()).toEqual(keys.sort());
  expect(proxy.operations.slice(before).length).toBeGreaterThan(1);
  expect(new Set(proxy.operations.slice(before))).toEqual(new Set(["Scan"]));
});

test("a record that is renewed lives longer", async () => {
  await records.swap("sip:a@b.c", ABSENT, "first", NOW);
  const { version } = await records.read("sip:a@b.c");
  await records.swap("sip:a@b.c", version, "second", NOW + 60_000);
  expect((await itemAt("location#sip:a@b.c"))?.[TIME_TO_LIVE]).toEqual({
    N: String(NOW / 1000 + 60 + 3_600),
  });
});

test("the table is made once, whoever asks for it and how often", async () => {
  await records.swap("sip:a@b.c", ABSENT, "kept", NOW);
  await Promise.all([ensureTable(client, TABLE), ensureTable(client, TABLE)]);
  await Promise.all([ensureTable(client, "another"), ensureTable(client, "another")]);
  expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual(["another", TABLE]);
  expect((await records.read("sip:a@b.c")).value).toBe("kept");
});

test("a table that is there by the time we make it is as good as ours", async () => {
  // The answer to ours is lost, so the SDK makes it again, as another process might.
  proxy.loseNext("CreateTable");
  await ensureTable(client, "another");
  expect(proxy.operations.filter((operation) => operation === "CreateTable")).toHaveLength(3);
  const elsewhere = dynamoDbStore<string>(client, "another", "location");
  expect(await elsewhere.swap("sip:a@b.c", ABSENT, "first", NOW)).toBe("committed");
});

test("a write whose answer was lost, and which the SDK repeated, has been committed", async () => {
  proxy.loseNext("PutItem");
  expect(await records.swap("sip:a@b.c", ABSENT, "first", NOW)).toBe("committed");
  expect(proxy.operations.filter((operation) => operation === "PutItem")).toHaveLength(2);
  const { value, version } = await records.read("sip:a@b.c");
  expect(value).toBe("first");
  proxy.loseNext("PutItem");
  expect(await records.swap("sip:a@b.c", version, "second", NOW)).toBe("committed");
  expect((await records.read("sip:a@b.c")).value).toBe("second");
});

test("a removal whose answer was lost, and which the SDK repeated, has been committed", async () => {
  await records.swap("sip:a@b.c", ABSENT, "first", NOW);
  const { version } = await records.read("sip:a@b.c");
  proxy.loseNext("DeleteItem");
  expect(await records.swap("sip:a@b.c", version, undefined, NOW)).toBe("committed");
  expect((await records.read("sip:a@b.c")).version).toBe(ABSENT);
});

test("a write that was beaten stays stale when its refusal is lost and it is repeated", async () => {
  await records.swap("sip:a@b.c", ABSENT, "theirs", NOW);
  proxy.loseNext("PutItem");
  expect(await records.swap("sip:a@b.c", ABSENT, "ours", NOW)).toBe("stale");
  expect((await records.read("sip:a@b.c")).value).toBe("theirs");
});

test("a repeated write never undoes what somebody else wrote after it", async () => {
  proxy.loseNext("PutItem", async () => {
    const { version } = await records.read("sip:a@b.c");
    await records.swap("sip:a@b.c", version, "theirs, later", NOW);
  });
  await records.swap("sip:a@b.c", ABSENT, "ours", NOW);
  expect((await records.read("sip:a@b.c")).value).toBe("theirs, later");
});

test("a swap that was sent once and is stale costs one request", async () => {
  await records.swap("sip:a@b.c", ABSENT, "first", NOW);
  const before = proxy.operations.length;
  expect(await records.swap("sip:a@b.c", ABSENT, "second", NOW)).toBe("stale");
  expect(proxy.operations.slice(before)).toEqual(["PutItem"]);
});

test("a table that is not there is a fault, and not a stale or an absent record", async () => {
  const lost = dynamoDbStore<string>(client, "no-such-table", "location");
  await expect(lost.read("sip:a@b.c")).rejects.toThrow(ResourceNotFoundException);
  await expect(lost.swap("sip:a@b.c", ABSENT, "first", NOW)).rejects.toThrow(ResourceNotFoundException);
});

test("a record that a later sipwake has written is left alone (threats §4.1 s)", async () => {
  await records.swap("sip:a@b.c", ABSENT, "first", NOW);
  const pk = "location#sip:a@b.c";
  await client.send(
    new PutItemCommand({
      TableName: TABLE,
      Item: { ...(await itemAt(pk)), pk: { S: pk }, schema: { N: String(SCHEMA + 1) } },
    }),
  );
  await expect(records.read("sip:a@b.c")).rejects.toThrow(LaterSchema);
});

test("a record of before there were schemas is read as one of the first", async () => {
  await records.swap("sip:a@b.c", ABSENT, "first", NOW);
  const pk = "location#sip:a@b.c";
  const { schema: _, ...item } = (await itemAt(pk)) ?? {};
  await client.send(new PutItemCommand({ TableName: TABLE, Item: { ...item, pk: { S: pk } } }));
  expect((await records.read("sip:a@b.c")).value).toBe("first");
});
