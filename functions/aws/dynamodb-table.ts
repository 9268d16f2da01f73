import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  DynamoDBServiceException,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { PARTITION_KEY, TIME_TO_LIVE } from "./dynamodb-store.ts";

/** In seconds. */
const MAX_WAIT = 60;
const TOLERATED: ReadonlySet<string> = new Set(["UnknownOperationException", "ValidationException"]);

/** Makes the table for the records if there is none, waits until it can be used, and lets it forget what has run out. */
export async function ensureTable(client: DynamoDBClient, table: string): Promise<void> {
  try {
    await client.send(new DescribeTableCommand({ TableName: table }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    await createTable(client, table);
    await waitUntilTableExists({ client, maxWaitTime: MAX_WAIT }, { TableName: table });
    await forgetWhatHasRunOut(client, table);
    return;
  }
  await waitUntilTableExists({ client, maxWaitTime: MAX_WAIT }, { TableName: table });
}

async function forgetWhatHasRunOut(client: DynamoDBClient, table: string): Promise<void> {
  const specification = { AttributeName: TIME_TO_LIVE, Enabled: true };
  try {
    await client.send(
      new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification: specification }),
    );
  } catch (error) {
    // Doubles know no time to live; another process may have made the table, and be turning it on.
    if (!(error instanceof DynamoDBServiceException) || !TOLERATED.has(error.name)) throw error;
  }
}

/** Another process may make it at the same time. */
async function createTable(client: DynamoDBClient, table: string): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: PARTITION_KEY, AttributeType: "S" }],
        KeySchema: [{ AttributeName: PARTITION_KEY, KeyType: "HASH" }],
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}
