import { dynamoDbClient } from "../../../functions/aws/dynamodb-client.ts";
import { dynamoDbGroup } from "../../../functions/aws/dynamodb-group.ts";
import { dynamoDbRecords } from "../../../functions/aws/dynamodb-records.ts";
import { dynamoDbKeys, dynamoDbValues } from "../../../functions/aws/dynamodb-scan.ts";
import { dynamoDbStore } from "../../../functions/aws/dynamodb-store.ts";
import { ensureTable } from "../../../functions/aws/dynamodb-table.ts";
import type { ForkId } from "../../../functions/location/ids.ts";
import type { Call } from "../../../functions/proxy/call.ts";
import type { Aor } from "../../../functions/sip/aor.ts";
import { keeperOf } from "../../fleet/open-fork.ts";
import type { Stores } from "./stores.ts";

const FORK = "fork";

/**
 * Records in a DynamoDB table, or in a double of one. Makes the table if there is none. What has run out is left to the
 * table's time to live. Where a fleet shares it, forks can be found by the edge that keeps them, which costs two writes each.
 */
export async function dynamoDbStores(
  table: string,
  { isDouble, isFleet = false }: { readonly isDouble: boolean; readonly isFleet?: boolean },
): Promise<Stores> {
  const client = dynamoDbClient({ isDouble });
  await ensureTable(client, table);
  return {
    ...dynamoDbRecords(client, table),
    ...(isFleet ? fleetStores(client, table) : {}),
    sweep: async () => {},
    users: () => dynamoDbKeys(client, table, "subscriber") as AsyncIterable<Aor>,
    keptCalls: () => dynamoDbValues(client, table, "call") as AsyncIterable<Call>,
    keptForks: () => [],
    close: async () => client.destroy(),
  };
}

function fleetStores(
  client: ReturnType<typeof dynamoDbClient>,
  table: string,
): Pick<Stores, "forks" | "fleet"> {
  return {
    forks: dynamoDbStore(client, table, FORK, keeperOf),
    fleet: {
      edges: dynamoDbStore(client, table, "edge"),
      openForks: (edge) => dynamoDbGroup(client, table, FORK, edge) as AsyncIterable<ForkId>,
    },
  };
}
