import type { IncomingMessage, ServerResponse } from "node:http";
import type { ConnectionId } from "../../functions/location/ids.ts";
import { DEFAULT_EDGE_LIMITS } from "./limits.ts";

/** Whoever holds connections that can be asked for over this API: an edge, or what stands for one. */
export interface ConnectionHolder {
  send(to: ConnectionId, message: string): Promise<"sent" | "gone">;
  close(connection: ConnectionId): Promise<"closed" | "gone">;
  /** What is known of a connection; undefined if there is no such (any more). Times in ms since 1970. */
  find(id: string):
    | {
        readonly facts: {
          readonly connectedAt: number;
          readonly sourceIp: string;
          readonly userAgent?: string | undefined;
        };
        readonly lastActiveAt: number;
      }
    | undefined;
}

const PATH = "/@connections/";

/**
 * Whether a request may do what it asks, judged by its head before its body is read: undefined if it may not; else what says
 * of its body (octets) whether it is the one that may.
 */
export type Guard = (request: IncomingMessage) => ((body: string) => boolean) | undefined;

/**
 * API Gateway's `@connections` API over an edge: `POST` sends, `GET` asks, `DELETE` closes. The SDK tells errors apart by
 * the `x-amzn-ErrorType` header, so each has one. To be served where only our own processes can reach it, and behind a guard:
 * whoever can post here speaks to phones in our name.
 */
export function connectionsApi(
  edge: ConnectionHolder,
  guard: Guard,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    answer(edge, guard, request, response).catch(() => {
      if (!response.headersSent) refuse(response, 500, "InternalServerErrorException");
    });
  };
}

async function answer(
  edge: ConnectionHolder,
  guard: Guard,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const isWhole = guard(request);
  if (isWhole === undefined) {
    // What a stranger still sends is not read.
    response.shouldKeepAlive = false;
    return refuse(response, 403, "ForbiddenException");
  }
  const { pathname } = new URL(request.url ?? "/", "http://edge");
  const at = pathname.indexOf(PATH);
  if (at < 0) return refuse(response, 403, "ForbiddenException");
  const id = decoded(pathname.slice(at + PATH.length));
  if (id === undefined) return refuse(response, 400, "BadRequestException");
  switch (request.method) {
    case "POST": {
      const message = await bodyOf(request);
      if (message === undefined) return refuse(response, 413, "PayloadTooLargeException");
      if (!isWhole(message)) return refuse(response, 403, "ForbiddenException");
      if ((await edge.send(id, message)) === "gone") return refuse(response, 410, "GoneException");
      response.writeHead(200).end();
      return;
    }
    case "GET": {
      const connection = edge.find(id);
      if (connection === undefined) return refuse(response, 410, "GoneException");
      const { connectedAt, sourceIp, userAgent } = connection.facts;
      const lastActiveAt = new Date(connection.lastActiveAt).toISOString();
      const identity = { sourceIp, userAgent };
      response.writeHead(200, { "content-type": "application/json" });
      response.end(
        JSON.stringify({ connectedAt: new Date(connectedAt).toISOString(), identity, lastActiveAt }),
      );
      return;
    }
    case "DELETE":
      if (!isWhole("")) return refuse(response, 403, "ForbiddenException");
      if ((await edge.close(id)) === "gone") return refuse(response, 410, "GoneException");
      response.writeHead(204).end();
      return;
    default:
      return refuse(response, 405, "BadRequestException");
  }
}

/** The body as octets; undefined if it is larger than a message may be. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > DEFAULT_EDGE_LIMITS.maxMessage) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("latin1");
}

/** Refuses a request as the SDK understands it. */
export function refuse(response: ServerResponse, status: number, errorType: string): void {
  response.writeHead(status, { "x-amzn-ErrorType": errorType, "content-type": "application/json" }).end("{}");
}

function decoded(text: string): ConnectionId | undefined {
  try {
    return decodeURIComponent(text) as ConnectionId;
  } catch {
    return undefined;
  }
}
