import { type AttributeValue, type DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { PARTITION_KEY, prefixOf } from "./dynamodb-store.ts";

/**
 * The keys of all records of one kind, in no order. A scan: it reads, and costs, the whole table, and is for an
 * administrator who asks for it, never for a call. Values are not fetched.
 */
export async function* dynamoDbKeys(
  client: DynamoDBClient,
  table: string,
  kind: string,
): AsyncGenerator<string> {
  const prefix = prefixOf(kind);
  let next: Record<string, AttributeValue> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        ProjectionExpression: PARTITION_KEY,
        FilterExpression: `begins_with(${PARTITION_KEY}, :prefix)`,
        ExpressionAttributeValues: { ":prefix": { S: prefix } },
        ExclusiveStartKey: next,
      }),
    );
    for (const item of Items) yield (item[PARTITION_KEY]?.S ?? "").slice(prefix.length);
    next = LastEvaluatedKey;
  } while (next !== undefined);
}
