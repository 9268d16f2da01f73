import { randomUUID } from "node:crypto";
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { ABSENT, type RecordStore, type Version } from "../ports.ts";

/** The table's attributes. `ttl` is a reserved word, so the time to live is `expires`, in seconds since 1970. */
export const PARTITION_KEY = "pk";
export const TIME_TO_LIVE = "expires";

/** Time-to-live deletes this long after a record has run out, in seconds: never one that a slow clock still uses. */
const HYGIENE = 3_600;

/**
 * Records of one kind in a DynamoDB table that holds all kinds, an item each: key, version, value as JSON, time to
 * live. A swap is one conditional write; a read is consistent. The writer's mark in the item tells a write that
 * succeeded and was repeated by the SDK from one that somebody else beat.
 */
export function dynamoDbStore<Value>(
  client: DynamoDBClient,
  table: string,
  kind: string,
): RecordStore<Value> {
  const keyOf = (key: string) => ({ [PARTITION_KEY]: { S: `${kind}#${key}` } });
  const get = async (key: string) => {
    const command = new GetItemCommand({ TableName: table, Key: keyOf(key), ConsistentRead: true });
    return (await client.send(command)).Item;
  };
  return {
    read: async (key) => {
      const item = await get(key);
      if (item === undefined) return { value: undefined, version: ABSENT };
      return { value: JSON.parse(item["value"]?.S ?? "null") as Value, version: Number(item["version"]?.N) };
    },
    swap: async (key, read, value, expiresAt) => {
      const writer = randomUUID();
      const condition = conditionOn(read);
      try {
        if (value === undefined) {
          await client.send(new DeleteItemCommand({ TableName: table, Key: keyOf(key), ...condition }));
        } else {
          const item = {
            ...keyOf(key),
            version: { N: String(read === ABSENT ? firstVersion() : read + 1) },
            value: { S: JSON.stringify(value) },
            writer: { S: writer },
            [TIME_TO_LIVE]: { N: String(Math.ceil(expiresAt / 1000) + HYGIENE) },
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
  };
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
