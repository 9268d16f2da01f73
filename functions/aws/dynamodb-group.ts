import type { AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { queryGroup } from "./dynamodb-due.ts";
import { PARTITION_KEY, prefixOf } from "./dynamodb-store.ts";

/** The keys of all records of a group, in no order, as of a moment ago: an index follows its table. */
export async function* dynamoDbGroup(
  client: DynamoDBClient,
  table: string,
  kind: string,
  group: string,
): AsyncGenerator<string> {
  let from: Record<string, AttributeValue> | undefined;
  do {
    const { items, next } = await queryGroup(client, table, kind, group, from);
    for (const item of items) yield (item[PARTITION_KEY]?.S ?? "").slice(prefixOf(kind).length);
    from = next;
  } while (from !== undefined);
}
