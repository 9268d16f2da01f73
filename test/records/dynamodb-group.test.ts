import { type DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dynamoDbClient } from "../../functions/aws/dynamodb-client.ts";
import { dynamoDbGroup } from "../../functions/aws/dynamodb-group.ts";
import { dynamoDbStore, PARTITION_KEY } from "../../functions/aws/dynamodb-store.ts";
import { ensureTable } from "../../functions/aws/dynamodb-table.ts";
import { ABSENT, type DueStore } from "../../functions/ports.ts";
import { startDynamoDbDouble } from "./dynamodb-double.ts";

const TABLE = "sipwake";
const NOW = 1_800_000_000_000;

interface Sheep {
  readonly flock: string | undefined;
  readonly wool: string;
}

let client: DynamoDBClient;
let sheep: DueStore<Sheep>;
let leave: () => Promise<void>;

beforeEach(async () => {
  const double = await startDynamoDbDouble();
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", double.url);
  client = dynamoDbClient({ isDouble: true });
  await ensureTable(client, TABLE);
  sheep = dynamoDbStore<Sheep>(client, TABLE, "sheep", ({ flock }) => flock);
  leave = async () => {
    client.destroy();
    await double.close();
    vi.unstubAllEnvs();
  };
});
afterEach(() => leave());

async function put(key: string, value: Sheep | undefined, dueAt?: number): Promise<void> {
  const { version } = await sheep.read(key);
  expect(await sheep.swap(key, version, value, NOW, dueAt)).toBe("committed");
}

async function keysOf(group: string, kind = "sheep"): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const key of dynamoDbGroup(client, TABLE, kind, group)) keys.push(key);
  return keys.toSorted();
}

test("the records of a group are found, and no others", async () => {
  await put("one", { flock: "a", wool: "" });
  await put("two", { flock: "a", wool: "" });
  await put("other", { flock: "b", wool: "" });
  await put("stray", { flock: undefined, wool: "" });
  await dynamoDbStore<Sheep>(client, TABLE, "goat", ({ flock }) => flock).swap(
    "goat",
    ABSENT,
    { flock: "a", wool: "" },
    NOW,
  );
  expect(await keysOf("a")).toEqual(["one", "two"]);
  expect(await keysOf("b")).toEqual(["other"]);
  expect(await keysOf("a", "goat")).toEqual(["goat"]);
  expect(await keysOf("c")).toEqual([]);
});

test("a record leaves its group when its value says so, or when it is removed", async () => {
  await put("one", { flock: "a", wool: "" });
  await put("two", { flock: "a", wool: "" });
  await put("one", { flock: undefined, wool: "" });
  await put("two", undefined);
  expect(await keysOf("a")).toEqual([]);
});

test("records of a group are never due, and one that is due is in no group", async () => {
  await put("one", { flock: "a", wool: "" });
  expect(await sheep.due(NOW, 10)).toEqual([]);
  await put("one", { flock: "a", wool: "" }, NOW);
  expect(await sheep.due(NOW, 10)).toEqual(["one"]);
  expect(await keysOf("a")).toEqual([]);
});

test("as long as a record stays in its group its index entry stays the same: that costs no write", async () => {
  const entry = async () => {
    const Key = { [PARTITION_KEY]: { S: "sheep#one" } };
    const { Item = {} } = await client.send(new GetItemCommand({ TableName: TABLE, Key }));
    return [Item["dueShard"], Item["dueAt"]];
  };
  await put("one", { flock: "a", wool: "" });
  const before = await entry();
  await put("one", { flock: "a", wool: "more" });
  expect(await entry()).toEqual(before);
  expect(before).toEqual([{ S: "sheep@a" }, { N: "0" }]);
});

test("a group of more than a page, which is 1 MB of index entries, is found whole", async () => {
  const keys = Array.from({ length: 600 }, (_, index) => `${1_000 + index}-${"x".repeat(1_900)}`);
  for (let from = 0; from < keys.length; from += 20) {
    const some = keys.slice(from, from + 20);
    await Promise.all(some.map((key) => sheep.swap(key, ABSENT, { flock: "a", wool: "" }, NOW)));
  }
  expect(await keysOf("a")).toEqual(keys);
});
