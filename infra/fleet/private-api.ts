import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Keyring } from "../../functions/keyring/keyring.ts";
import { connectionsApi, type Guard } from "../edge/connections-api.ts";
import type { OwnEdge } from "../edge/own-edge.ts";
import { SIGNATURE, signedBody } from "./signature.ts";

/** In ms. The clients are our own and on our own network: they are slow only if something is wrong. */
const HEADERS_TIMEOUT = 5_000;
const REQUEST_TIMEOUT = 10_000;
const KEEP_ALIVE = 60_000;

/** The address where the other edges reach our connections. */
export interface PrivateApi {
  /** Answers the port; rejects if it cannot be had. */
  listen(host: string, port: number): Promise<number>;
  close(): Promise<void>;
}

/** The edge's `@connections` API for whoever has our keys: all else is 403, and its body is not read. */
export function privateApi(edge: OwnEdge, ring: Keyring, clock: () => number): PrivateApi {
  const guard: Guard = ({ method = "", url: path = "", headers }) => {
    const token = headers[SIGNATURE];
    return typeof token === "string" ? signedBody(ring, { method, path }, token, clock()) : undefined;
  };
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT, requestTimeout: REQUEST_TIMEOUT, keepAliveTimeout: KEEP_ALIVE },
    connectionsApi(edge, guard),
  );
  return {
    listen: async (host, port) => {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host, port }, resolve);
      });
      return (server.address() as AddressInfo).port;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
