import {
  CreateTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { afterEach, describe, expect, test, vi } from "vitest";
import { dynamoDbClient } from "../../functions/aws/dynamodb-client.ts";
import { DUE_INDEX } from "../../functions/aws/dynamodb-due.ts";
import { dynamoDbStore, PARTITION_KEY } from "../../functions/aws/dynamodb-store.ts";
import { ensureTable } from "../../functions/aws/dynamodb-table.ts";
import { ABSENT } from "../../functions/ports.ts";
import { startDynalite, startDynamoDbDouble } from "./dynamodb-double.ts";
import { type Refusal, startTableDouble } from "./table-double.ts";

const TABLE = "sipwake";
const NOW = 1_800_000_000_000;

let leave: () => Promise<void>;

/** A client for a double, until the test ends. */
function clientOf(double: { url: string; close(): Promise<void> }): DynamoDBClient {
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", double.url);
  const client = dynamoDbClient({ isDouble: true });
  leave = async () => {
    client.destroy();
    await double.close();
    vi.unstubAllEnvs();
  };
  return client;
}
afterEach(() => leave());

async function withTable(): Promise<DynamoDBClient> {
  const client = clientOf(await startDynamoDbDouble());
  await ensureTable(client, TABLE);
  return client;
}

test("an item says when it is due only if it ever is: the others cost no index", async () => {
  const client = await withTable();
  const records = dynamoDbStore(client, TABLE, "location");
  const attributesOf = async () => {
    const Key = { [PARTITION_KEY]: { S: "location#k" } };
    const { Item = {} } = await client.send(new GetItemCommand({ TableName: TABLE, Key }));
    return { dueAt: Item["dueAt"], dueShard: Item["dueShard"] };
  };
  await records.swap("k", ABSENT, "value", NOW);
  expect(await attributesOf()).toEqual({ dueAt: undefined, dueShard: undefined });
  await records.swap("k", (await records.read("k")).version, "value", NOW, NOW + 5);
  expect(await attributesOf()).toEqual({
    dueAt: { N: String(NOW + 5) },
    dueShard: { S: expect.stringMatching(/^location#[0-9a-f]$/) },
  });
  await records.swap("k", (await records.read("k")).version, "value", NOW);
  expect(await attributesOf()).toEqual({ dueAt: undefined, dueShard: undefined });
});

test("keys are spread over 16 shards, and those of every shard are found", async () => {
  const client = await withTable();
  const records = dynamoDbStore(client, TABLE, "location");
  const keys = Array.from({ length: 200 }, (_, index) => `sip:user${index}@example.com`);
  // As many at a time as the client has connections for: who waits for one longer than it takes to connect fails.
  for (let at = 0; at < keys.length; at += 20)
    await Promise.all(keys.slice(at, at + 20).map((key) => records.swap(key, ABSENT, "value", NOW, NOW)));
  const { Items = [] } = await client.send(new ScanCommand({ TableName: TABLE }));
  expect(new Set(Items.map((item) => item["dueShard"]?.S)).size).toBe(16);
  expect((await records.due(NOW, 1_000)).toSorted()).toEqual(keys.toSorted());
});

test("what is due of one kind is not of another", async () => {
  const client = await withTable();
  const locations = dynamoDbStore(client, TABLE, "location");
  const others = dynamoDbStore(client, TABLE, "other");
  await locations.swap("k", ABSENT, "value", NOW, NOW);
  await others.swap("k", ABSENT, "value", NOW, NOW + 1);
  expect(await locations.due(NOW + 1, 10)).toEqual(["k"]);
  expect(await others.due(NOW, 10)).toEqual([]);
  expect(await others.due(NOW + 1, 10)).toEqual(["k"]);
});

describe("a table without the index", () => {
  test("gets it, and can be used once it is active", async () => {
    const double = await startTableDouble();
    await ensureTable(clientOf(double), TABLE);
    expect(double.added).toEqual([DUE_INDEX]);
    expect(double.operations.slice(-3)).toEqual(["UpdateTable", "DescribeTable", "DescribeTable"]);
  });

  test("gets it once, however many processes ask for it", async () => {
    const double = await startTableDouble();
    const client = clientOf(double);
    await Promise.all([ensureTable(client, TABLE), ensureTable(client, TABLE), ensureTable(client, TABLE)]);
    expect(double.added).toHaveLength(1);
    await ensureTable(client, TABLE);
    expect(double.operations.at(-1)).toBe("DescribeTable");
  });

  test.each<[string, Refusal]>([
    ["is being given one by somebody else", { name: "LimitExceededException", isBeingAdded: true }],
    [
      "is being changed, and tells of an index only later",
      { name: "ResourceInUseException", isBeingAdded: true },
    ],
    ["has been given one since we looked", { name: "ValidationException", isBeingAdded: true }],
  ])("that %s is waited for", async (_, refusal) => {
    const double = await startTableDouble();
    double.refuseNext(refusal);
    await ensureTable(clientOf(double), TABLE);
    expect(double.added).toEqual([]);
  });

  test("that is busy with something else gets it later", async () => {
    const double = await startTableDouble();
    double.refuseNext({ name: "ResourceInUseException", isBeingAdded: false });
    await ensureTable(clientOf(double), TABLE);
    expect(double.added).toHaveLength(1);
  });

  test("is a fault where it gets none", async () => {
    const double = await startTableDouble();
    const client = clientOf(double);
    double.refuseNext({ name: "AccessDeniedException", isBeingAdded: false });
    await expect(ensureTable(client, TABLE)).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  test("is a fault in a double that adds none, and not a wait without end", async () => {
    const client = clientOf(await startDynalite());
    const command = new CreateTableCommand({
      TableName: TABLE,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: PARTITION_KEY, AttributeType: "S" }],
      KeySchema: [{ AttributeName: PARTITION_KEY, KeyType: "HASH" }],
    });
    await client.send(command);
    await expect(ensureTable(client, TABLE)).rejects.toMatchObject({ name: "ValidationException" });
  });
});
