import { randomUUID } from "node:crypto";
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { ABSENT, type DueStore, type Version } from "../ports.ts";
import { LaterSchema, SCHEMA } from "../schema.ts";
import { dueAttributes, groupAttributes, queryDue } from "./dynamodb-due.ts";

/** The table's attributes. `ttl` is a reserved word, so the time to live is `expires`, in seconds since 1970. */
export const PARTITION_KEY = "pk";
export const TIME_TO_LIVE = "expires";

/** What the partition keys of all records of a kind begin with. */
export function prefixOf(kind: string): string {
  return `${kind}#`;
}

/** Time-to-live deletes this long after a record has run out, in seconds: never one that a slow clock still uses. */
const HYGIENE = 3_600;

/**
 * Records of one kind in a DynamoDB table that holds all kinds, an item each: key, version, schema, value as JSON, time to
 * live, and when it is due, if ever. A swap is one conditional write; a read is consistent. The writer's mark in the item
 * tells a write that succeeded and was repeated by the SDK from one that somebody else beat. What is due is read from an
 * index, a moment late. So is a group: the records, never due, that `groupOf` says one name of (`dynamoDbGroup`). An index entry
 * costs a write when a record enters a group and when it leaves, and none in between.
 */
export function dynamoDbStore<Value>(
  client: DynamoDBClient,
  table: string,
  kind: string,
  groupOf: (value: Value) => string | undefined = () => undefined,
): DueStore<Value> {
  const keyOf = (key: string) => ({ [PARTITION_KEY]: { S: `${prefixOf(kind)}${key}` } });
  const get = async (key: string) => {
    const command = new GetItemCommand({ TableName: table, Key: keyOf(key), ConsistentRead: true });
    return (await client.send(command)).Item;
  };
  const indexed = (key: string, value: Value, dueAt: number | undefined) => {
    if (dueAt !== undefined) return dueAttributes(kind, key, dueAt);
    const group = groupOf(value);
    return group === undefined ? {} : groupAttributes(kind, group);
  };
  return {
    read: async (key) => {
      const item = await get(key);
      if (item === undefined) return { value: undefined, version: ABSENT };
      const schema = Number(item["schema"]?.N ?? SCHEMA);
      if (schema > SCHEMA) throw new LaterSchema(`the ${kind} record`, schema);
      return { value: JSON.parse(item["value"]?.S ?? "null") as Value, version: Number(item["version"]?.N) };
    },
    swap: async (key, read, value, expiresAt, dueAt) => {
      const writer = randomUUID();
      const condition = conditionOn(read);
      try {
        if (value === undefined) {
          await client.send(new DeleteItemCommand({ TableName: table, Key: keyOf(key), ...condition }));
        } else {
          const item = {
            ...keyOf(key),
            version: { N: String(read === ABSENT ? firstVersion() : read + 1) },
            schema: { N: String(SCHEMA) },
            value: { S: JSON.stringify(value) },
            writer: { S: writer },
            ...timeToLive(expiresAt),
            ...indexed(key, value, dueAt),
          };
          await client.send(new PutItemCommand({ TableName: table, Item: item, ...condition }));
        }
        return "committed";
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        // Sent once, it cannot have been in its own way.
        if (error.$metadata.attempts === 1) return "stale";
        const item = await get(key);
        const ours = value === undefined ? item === undefined : item?.["writer"]?.S === writer;
        return ours ? "committed" : "stale";
      }
    },
    due: async (now, limit) => {
      const items = await queryDue(client, table, kind, now, limit);
      return items.map((item) => (item[PARTITION_KEY]?.S ?? "").slice(prefixOf(kind).length));
    },
  };
}

/** None for what never runs out. */
function timeToLive(expiresAt: number) {
  if (expiresAt === Number.POSITIVE_INFINITY) return {};
  return { [TIME_TO_LIVE]: { N: String(Math.ceil(expiresAt / 1000) + HYGIENE) } };
}

function conditionOn(read: Version) {
  if (read === ABSENT) return { ConditionExpression: `attribute_not_exists(${PARTITION_KEY})` };
  return {
    ConditionExpression: "#version = :read",
    ExpressionAttributeNames: { "#version": "version" },
    ExpressionAttributeValues: { ":read": { N: String(read) } },
  };
}

/** Later than any version that a former record of the same key can have had, so that none ever returns. */
function firstVersion(): Version {
  return Date.now() * 1000 + Math.floor(Math.random() * 1000);
}
