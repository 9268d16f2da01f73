import type { App } from "../app/app.ts";
import { disconnect } from "../app/disconnect.ts";
import { lookAtDue } from "../app/look.ts";
import { receive } from "../app/receive.ts";
import { settle } from "../app/settle.ts";
import { tokenDied } from "../app/token-died.ts";
import type { ConnectionId, ForkId } from "../location/ids.ts";
import { type Octets, octetsOf, octetsOfBytes } from "../sip/octets.ts";
import type { GatewayEvent, GatewayResult } from "./event.ts";
import { isOriginAllowed } from "./origin.ts";

/** What an edge calls, and who else has news. No event of an edge rejects: an exception would make API Gateway send JSON to a SIP client. */
export interface Gateway {
  /** `$connect`: may this connection be? Answered before the WebSocket handshake is. */
  connect(event: GatewayEvent): Promise<GatewayResult>;
  /** `$default`: one WebSocket message. */
  message(event: GatewayEvent): Promise<GatewayResult>;
  /** `$disconnect`: the connection has ended, for whatever reason. */
  disconnect(event: GatewayEvent): Promise<GatewayResult>;
  /** An alarm that a fork set. */
  alarm(fork: ForkId): Promise<void>;
  /** A push service says that a device token is dead. `reason` is for people. Rejects if it must be told again. */
  tokenDied(token: Octets, reason: Octets): Promise<void>;
  /** Time has passed: to be called every few seconds, by one or by all. */
  look(): Promise<void>;
}

const SUBPROTOCOL = "sip";
const PING = "\r\n\r\n";
const PONG = "\r\n";
const OK: GatewayResult = { statusCode: 200 };

export function gateway(app: App): Gateway {
  return {
    connect: async (event) => acceptance(app, event),
    message: async (event) => {
      const { connectionId, connectedAt } = event.requestContext;
      const text = octetsIn(event);
      // RFC 7118 §6, RFC 5626 §3.5.1: a double CRLF is a ping, a single one a pong.
      if (text === PING) return { statusCode: 200, body: PONG };
      if (text === PONG || text === "") return OK;
      await receive(app, connectionId as ConnectionId, text, connectedAt, event.isTooMuch);
      return OK;
    },
    disconnect: async ({ requestContext }) => {
      await logged(app, "disconnect", disconnect(app, requestContext.connectionId as ConnectionId));
      return OK;
    },
    alarm: async (fork) => {
      await logged(app, "alarm", settle(app, fork, { type: "alarm" }));
    },
    tokenDied: (token, reason) => tokenDied(app, token, reason),
    look: () => logged(app, "look", lookAtDue(app)),
  };
}

/** The client must speak SIP, and is told that we do (RFC 7118 §4.1); a page must be one of those that may. */
function acceptance(app: App, { headers = {} }: GatewayEvent): GatewayResult {
  const offered = headerOf(headers, "sec-websocket-protocol") ?? "";
  if (!offered.split(",").some((protocol) => protocol.trim() === SUBPROTOCOL))
    return { statusCode: 400, body: 'This is SIP: offer the subprotocol "sip".' };
  const origin = headerOf(headers, "origin");
  if (origin !== undefined && !isOriginAllowed(origin, headerOf(headers, "host"), app.settings.origins))
    return { statusCode: 403, body: "Pages of this origin may not connect." };
  return { statusCode: 200, headers: { "Sec-WebSocket-Protocol": SUBPROTOCOL } };
}

function headerOf(headers: NonNullable<GatewayEvent["headers"]>, lowerCaseName: string): string | undefined {
  const name = Object.keys(headers).find((key) => key.toLowerCase() === lowerCaseName);
  return name === undefined ? undefined : headers[name];
}

function octetsIn({ body = "", isBase64Encoded }: GatewayEvent): Octets {
  return isBase64Encoded ? octetsOfBytes(Buffer.from(body, "base64")) : octetsOf(body);
}

async function logged(app: App, what: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    app.log.error("fault", { what, error: error instanceof Error ? error.stack : String(error) });
  }
}
