import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  DynamoDBServiceException,
  type GlobalSecondaryIndexDescription,
  LimitExceededException,
  ResourceInUseException,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { DUE_ATTRIBUTES, DUE_INDEX } from "./dynamodb-due.ts";
import { PARTITION_KEY, TIME_TO_LIVE } from "./dynamodb-store.ts";

/** In seconds. */
const MAX_WAIT = 60;
/** For an index, which DynamoDB goes through the whole table to make, we look so often, in ms, and so many times. */
const LOOKING = 500;
const MAX_LOOKS = 1_800;
const TOLERATED: ReadonlySet<string> = new Set(["UnknownOperationException", "ValidationException"]);

const ATTRIBUTES = [{ AttributeName: PARTITION_KEY, AttributeType: "S" as const }, ...DUE_ATTRIBUTES];

/**
 * Makes the table for the records if there is none, and its index if it has none, waits until both can be used, and lets
 * the table forget what has run out. Other processes may do the same at the same time.
 */
export async function ensureTable(client: DynamoDBClient, table: string): Promise<void> {
  const isNew = (await describe(client, table)) === undefined;
  if (isNew) await createTable(client, table);
  await waitUntilTableExists({ client, maxWaitTime: MAX_WAIT }, { TableName: table });
  if (isNew) await forgetWhatHasRunOut(client, table);
  await ensureIndex(client, table);
}

async function describe(client: DynamoDBClient, table: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: table }))).Table;
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    return undefined;
  }
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
        AttributeDefinitions: ATTRIBUTES,
        KeySchema: [{ AttributeName: PARTITION_KEY, KeyType: "HASH" }],
        GlobalSecondaryIndexes: [DUE_INDEX],
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

/** A table that was made before there was an index gets it now. */
async function ensureIndex(client: DynamoDBClient, table: string): Promise<void> {
  for (let look = 0; look < MAX_LOOKS; look++) {
    const index = indexOf(await describe(client, table));
    if (index?.IndexStatus === "ACTIVE") return;
    if (index === undefined) await addIndex(client, table);
    await new Promise((resolve) => setTimeout(resolve, LOOKING));
  }
  throw new Error(`the table ${table} is still getting its index: try again later`);
}

async function addIndex(client: DynamoDBClient, table: string): Promise<void> {
  const command = new UpdateTableCommand({
    TableName: table,
    AttributeDefinitions: ATTRIBUTES,
    GlobalSecondaryIndexUpdates: [{ Create: DUE_INDEX }],
  });
  try {
    await client.send(command);
  } catch (error) {
    // The table is being changed, by somebody who adds the index, or it has been by now.
    const isBusy = error instanceof ResourceInUseException || error instanceof LimitExceededException;
    if (!isBusy && indexOf(await describe(client, table)) === undefined) throw error;
  }
}

function indexOf(description: TableDescription | undefined): GlobalSecondaryIndexDescription | undefined {
  return description?.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === DUE_INDEX.IndexName);
}
