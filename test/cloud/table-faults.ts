import { DUE_ATTRIBUTES, DUE_INDEX } from "../../functions/aws/dynamodb-due.ts";
import { PARTITION_KEY, TIME_TO_LIVE } from "../../functions/aws/dynamodb-store.ts";
import { resourcesOf, type Template } from "./template.ts";

/** What the code needs of the table. */
const TABLE: Readonly<Record<string, unknown>> = {
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [{ AttributeName: PARTITION_KEY, AttributeType: "S" }, ...DUE_ATTRIBUTES],
  KeySchema: [{ AttributeName: PARTITION_KEY, KeyType: "HASH" }],
  GlobalSecondaryIndexes: [DUE_INDEX],
  TimeToLiveSpecification: { AttributeName: TIME_TO_LIVE, Enabled: true },
};

/** What is wrong with the table of the records. */
export function tableFaults(template: Template): readonly string[] {
  const tables = [...resourcesOf(template, "AWS::DynamoDB::Table").values()];
  const [table] = tables;
  if (table === undefined || tables.length > 1) return [`${tables.length} tables`];
  return Object.entries(TABLE)
    .filter(([name, needed]) => JSON.stringify(table[name]) !== JSON.stringify(needed))
    .map(([name]) => `${name} is ${JSON.stringify(table[name])}`);
}
