import { dynamoDbClient } from "../../../functions/aws/clients.ts";
import { dynamoDbKeys, dynamoDbValues } from "../../../functions/aws/dynamodb-scan.ts";
import { dynamoDbStore } from "../../../functions/aws/dynamodb-store.ts";
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
    locations: dynamoDbStore(client, table, "location"),
    forks: dynamoDbStore(client, table, "fork"),
    connections: dynamoDbStore(client, table, "connection"),
    subscribers: dynamoDbStore(client, table, "subscriber"),
    calls: dynamoDbStore(client, table, "call"),
    mailboxes: dynamoDbStore(client, table, "mailbox"),
    messages: dynamoDbStore(client, table, "message"),
    tokens: dynamoDbStore(client, table, "token"),
    budgets: dynamoDbStore(client, table, "budget"),
    sweep: async () => {},
    users: () => dynamoDbKeys(client, table, "subscriber") as AsyncIterable<Aor>,
    keptCalls: () => dynamoDbValues(client, table, "call") as AsyncIterable<Call>,
    keptForks: () => [],
    close: async () => client.destroy(),
  };
}
