import { dynamoDbClient } from "../../../functions/aws/dynamodb-client.ts";
import { dynamoDbRecords } from "../../../functions/aws/dynamodb-records.ts";
import { ABSENT } from "../../../functions/ports.ts";
import type { User } from "../config.ts";
import { declaredUsers } from "../users.ts";

/** Writes users of a domain to a table of the twin's, as `npx sipwake user add` does; those that there are stay as they are. */
export async function putUsers(
  endpoint: string,
  table: string,
  users: readonly User[],
  domain: string,
): Promise<void> {
  const client = dynamoDbClient({ isDouble: true, endpoint });
  const { subscribers } = dynamoDbRecords(client, table);
  for (const [aor, subscriber] of declaredUsers(users, domain)) {
    await subscribers.swap(aor, ABSENT, subscriber, Number.POSITIVE_INFINITY);
  }
  client.destroy();
}
