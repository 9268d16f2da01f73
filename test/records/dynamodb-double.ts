import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import dynalite from "dynalite";

/** DynamoDB on loopback for the real SDK: dynalite, whose tables can be used at once. */
export interface DynamoDbDouble {
  readonly url: string;
  close(): Promise<void>;
}

export async function startDynamoDbDouble(): Promise<DynamoDbDouble> {
  const server = dynalite({ createTableMs: 0 });
  return { url: await listening(server), close: () => closed(server) };
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
