import {
  ApiGatewayManagementApiClient,
  ApiGatewayManagementApiServiceException,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { inTurn } from "../in-turn.ts";
import type { Edge } from "../ports.ts";
import { bytesOf } from "../sip/octets.ts";

const TIMES = { connectionTimeout: 3_000, requestTimeout: 4_000, throwOnRequestTimeout: true } as const;

/**
 * 429 says that the account, or the client behind a full buffer, is asked too much; the SDK tries again after half a second on
 * average, and then after twice as long each time: some 4 s in all, which a SIP transaction has.
 */
const ATTEMPTS = { retryMode: "standard", maxAttempts: 5 } as const;

const GONE = 410;

/** A client for the `@connections` of one stage of an API, whose URL it takes; credentials are those of the environment. */
export function connectionsClient(url: string): ApiGatewayManagementApiClient {
  return new ApiGatewayManagementApiClient({
    endpoint: url,
    ...ATTEMPTS,
    requestHandler: TIMES,
    cacheMiddleware: true,
  });
}

/**
 * The connections of an API Gateway's WebSocket API. What is sent to one connection goes out in the order in which it was asked
 * for: 100 before 180 before 200. Only 410 means "gone". Everything else is a fault, and nobody's contact is touched for it: 429 when it
 * has been tried often enough, 403 (we may not, or not there) and 413 (`receive` takes no request that could grow so large).
 */
export function connectionsEdge(client: ApiGatewayManagementApiClient): Edge {
  const next = inTurn();
  return {
    send: (to, message) =>
      next(to, async () => {
        const command = new PostToConnectionCommand({ ConnectionId: to, Data: bytesOf(message) });
        return (await isThere(client.send(command))) ? "sent" : "gone";
      }),
    close: (connection) =>
      next(connection, async () => {
        const command = new DeleteConnectionCommand({ ConnectionId: connection });
        return (await isThere(client.send(command))) ? "closed" : "gone";
      }),
  };
}

/** The SDK knows the error's name by a header only, so that its status is asked. */
async function isThere(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof ApiGatewayManagementApiServiceException && error.$metadata.httpStatusCode === GONE)
      return false;
    throw error;
  }
}
