import { hash } from "node:crypto";
import {
  type AttributeDefinition,
  type AttributeValue,
  type DynamoDBClient,
  type GlobalSecondaryIndex,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";

type Item = Record<string, AttributeValue>;

/** Attributes of an item that has to be looked at; one that has not lacks them, and is not in the index. */
const SHARD = "dueShard";
const DUE_AT = "dueAt";

/** A shard of the index is a partition, which takes 1,000 writes a second: a key's shard is a digit of its hash. */
const SHARDS = [..."0123456789abcdef"];

/** The index of a table's items by when they are due. It holds keys only. */
export const DUE_INDEX = {
  IndexName: "due",
  KeySchema: [
    { AttributeName: SHARD, KeyType: "HASH" },
    { AttributeName: DUE_AT, KeyType: "RANGE" },
  ],
  Projection: { ProjectionType: "KEYS_ONLY" },
} satisfies GlobalSecondaryIndex;

/** The attributes that the index is made of. */
export const DUE_ATTRIBUTES: readonly AttributeDefinition[] = [
  { AttributeName: SHARD, AttributeType: "S" },
  { AttributeName: DUE_AT, AttributeType: "N" },
];

/** What an item needs to be in the index. `dueAt` is in ms since 1970. */
export function dueAttributes(kind: string, key: string, dueAt: number): Item {
  const shard = hash("sha256", key, "hex").charAt(0);
  return { [SHARD]: { S: `${kind}#${shard}` }, [DUE_AT]: { N: String(dueAt) } };
}

/** What an item needs to be found with those of its group (`dynamodb-group.ts`): a shard of its own, due since ever. */
export function groupAttributes(kind: string, group: string): Item {
  return { [SHARD]: { S: groupShard(kind, group) }, [DUE_AT]: { N: "0" } };
}

/** The page of a group's index entries that begins behind `from`. */
export async function queryGroup(
  client: DynamoDBClient,
  table: string,
  kind: string,
  group: string,
  from: Item | undefined,
): Promise<{ readonly items: readonly Item[]; readonly next: Item | undefined }> {
  const command = new QueryCommand({
    TableName: table,
    IndexName: DUE_INDEX.IndexName,
    KeyConditionExpression: `${SHARD} = :shard`,
    ExpressionAttributeValues: { ":shard": { S: groupShard(kind, group) } },
    ExclusiveStartKey: from,
  });
  const { Items: items = [], LastEvaluatedKey: next } = await client.send(command);
  return { items, next };
}

function groupShard(kind: string, group: string): string {
  return `${kind}@${group}`;
}

/**
 * The index's entries of at most `limit` items of a kind that are due, the longest due first, as of a moment ago: an index
 * follows its table, and cannot be read consistently. Fewer may come if 1 MB of a shard is due.
 */
export async function queryDue(
  client: DynamoDBClient,
  table: string,
  kind: string,
  now: number,
  limit: number,
): Promise<readonly Item[]> {
  const inShard = async (shard: string) => {
    const command = new QueryCommand({
      TableName: table,
      IndexName: DUE_INDEX.IndexName,
      KeyConditionExpression: `${SHARD} = :shard AND ${DUE_AT} <= :now`,
      ExpressionAttributeValues: { ":shard": { S: `${kind}#${shard}` }, ":now": { N: String(now) } },
      Limit: limit,
    });
    return (await client.send(command)).Items ?? [];
  };
  const items = (await Promise.all(SHARDS.map(inShard))).flat();
  return items.sort((one, other) => dueAtOf(one) - dueAtOf(other)).slice(0, limit);
}

function dueAtOf(item: Item): number {
  return Number(item[DUE_AT]?.N);
}
