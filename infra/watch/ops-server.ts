import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Ops, opsHttp } from "./ops-http.ts";

/** Where those who run this look. */
export interface OpsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `/metrics`, `/healthz` and `/readyz` where no client comes by. Rejects if the port cannot be had. */
export async function openOpsServer(ops: Ops, host: string, port: number): Promise<OpsServer> {
  const answer = opsHttp(ops, true);
  const server: Server = createServer((request, response) => {
    if (!answer(request, response)) response.writeHead(404).end("There is nothing here.\n");
  });
  server.listen({ host, port });
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
