import { dynamoDbClient } from "../../../functions/aws/dynamodb-client.ts";
import { dynamoDbRecords } from "../../../functions/aws/dynamodb-records.ts";
import { dynamoDbKeys, dynamoDbValues } from "../../../functions/aws/dynamodb-scan.ts";
import { ensureTable } from "../../../functions/aws/dynamodb-table.ts";
import type { Call } from "../../../functions/proxy/call.ts";
import type { Aor } from "../../../functions/sip/aor.ts";
import type { Stores } from "./stores.ts";

/**
 * Records in a DynamoDB table, or in a double of one. Makes the table if there is none. What has run out is left to the
 * table's time to live.
 */
export async function dynamoDbStores(table: string, options: { isDouble: boolean }): Promise<Stores> {
  const client = dynamoDbClient(options);
  await ensureTable(client, table);
  return {
    ...dynamoDbRecords(client, table),
    sweep: async () => {},
    users: () => dynamoDbKeys(client, table, "subscriber") as AsyncIterable<Aor>,
    keptCalls: () => dynamoDbValues(client, table, "call") as AsyncIterable<Call>,
    keptForks: () => [],
    close: async () => client.destroy(),
  };
}
