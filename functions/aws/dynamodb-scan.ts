import { type AttributeValue, type DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { PARTITION_KEY, prefixOf } from "./dynamodb-store.ts";

// A scan reads, and costs, the whole table: for an administrator who asks for it, never for a call.

type Item = Record<string, AttributeValue>;

/** The keys of all records of one kind, in no order. Values are not fetched. */
export async function* dynamoDbKeys(
  client: DynamoDBClient,
  table: string,
  kind: string,
): AsyncGenerator<string> {
  for await (const item of scanned(client, table, kind, PARTITION_KEY)) {
    yield (item[PARTITION_KEY]?.S ?? "").slice(prefixOf(kind).length);
  }
}

/** The values of all records of one kind, in no order. */
export async function* dynamoDbValues(
  client: DynamoDBClient,
  table: string,
  kind: string,
): AsyncGenerator<unknown> {
  // "value" is a reserved word.
  for await (const item of scanned(client, table, kind, "#value", { "#value": "value" })) {
    yield JSON.parse(item["value"]?.S ?? "null");
  }
}

async function* scanned(
  client: DynamoDBClient,
  table: string,
  kind: string,
  attributes: string,
  names?: Record<string, string>,
): AsyncGenerator<Item> {
  let next: Item | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        ProjectionExpression: attributes,
        ExpressionAttributeNames: names,
        FilterExpression: `begins_with(${PARTITION_KEY}, :prefix)`,
        ExpressionAttributeValues: { ":prefix": { S: prefixOf(kind) } },
        ExclusiveStartKey: next,
      }),
    );
    yield* Items;
    next = LastEvaluatedKey;
  } while (next !== undefined);
}
