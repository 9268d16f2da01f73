import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { DeleteTableCommand, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { dynamoDbClient } from "../../functions/aws/dynamodb-client.ts";

/** DynamoDB on loopback for the real SDK. */
export interface DynamoDbDouble {
  readonly url: string;
  close(): Promise<void>;
}

/** Dynalite; or, emptied, the DynamoDB that `DYNAMODB_URL` names (`dynamodb-local.sh`), which nobody else may use meanwhile. */
export async function startDynamoDbDouble(): Promise<DynamoDbDouble> {
  const url = process.env["DYNAMODB_URL"];
  if (url === undefined) return startDynalite();
  await empty(url);
  return { url, close: async () => {} };
}

/** Dynalite, whose tables can be used at once. */
export async function startDynalite(): Promise<DynamoDbDouble> {
  const server = dynalite({ createTableMs: 0 });
  const idle = idleness(server);
  return {
    url: await listening(server),
    close: async () => {
      // Its database may not be closed under a request, not even under one whose client was killed meanwhile.
      await idle();
      await closed(server);
    },
  };
}

/** Waits until the server has answered whatever it was asked, whether or not anybody listens still. */
function idleness(server: Server): () => Promise<void> {
  let asked = 0;
  let onIdle = () => {};
  server.prependListener("request", (_, response) => {
    asked++;
    const end = response.end.bind(response) as (...all: unknown[]) => typeof response;
    response.end = (...all: unknown[]) => {
      asked--;
      if (asked === 0) onIdle();
      return end(...all);
    };
  });
  return () =>
    new Promise((resolve) => {
      onIdle = resolve;
      if (asked === 0) resolve();
    });
}

async function empty(endpoint: string): Promise<void> {
  const client = dynamoDbClient({ isDouble: true, endpoint });
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  for (const TableName of TableNames) await client.send(new DeleteTableCommand({ TableName }));
  client.destroy();
}

/** Lets the server listen on loopback; answers its URL. */
export async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Closes the server and whatever connections clients still keep. */
export async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    // Dynalite says null where Node says undefined.
    server.close((error) => (error == null ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}
