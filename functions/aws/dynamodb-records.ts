import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Records } from "../ports.ts";
import { dynamoDbStore } from "./dynamodb-store.ts";

/** The records in a DynamoDB table, which all share, each kind under keys of its own. */
export function dynamoDbRecords(client: DynamoDBClient, table: string): Records {
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
  };
}
