import type { App } from "../app/app.ts";
import { disconnect } from "../app/disconnect.ts";
import { logged } from "../app/logged.ts";
import { lookAtDue } from "../app/look.ts";
import { receive } from "../app/receive.ts";
import { settle } from "../app/settle.ts";
import { tokenDied } from "../app/token-died.ts";
import type { ConnectionId, ForkId } from "../location/ids.ts";
import { streamOf } from "../location/transport.ts";
import { type Octets, octetsOf, octetsOfBytes } from "../sip/octets.ts";
import type { Source } from "../sip/received.ts";
import { Refusal } from "../sip/refusal.ts";
import { type AdmissionOptions, admission } from "./admission.ts";
import { authorizedBy } from "./authorized.ts";
import { certifiedTrunk } from "./certified-trunk.ts";
import type { GatewayEvent, GatewayResult } from "./event.ts";
import { headerOf } from "./header-of.ts";
import { isOriginAllowed } from "./origin.ts";

/** What an edge calls, and who else has news. No event of an edge rejects: an exception would make API Gateway send JSON to a SIP client. */
export interface Gateway {
  /** `$connect`: may this connection be? Answered before the WebSocket handshake is. */
  connect(event: GatewayEvent): Promise<GatewayResult>;
  /** `$default`: one WebSocket message. */
  message(event: GatewayEvent): Promise<GatewayResult>;
  /** `$disconnect`: the connection has ended, for whatever reason. */
  disconnect(event: GatewayEvent): Promise<GatewayResult>;
  /** An alarm that a fork set. Rejects if it must ring again. */
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

export function gateway(app: App, options: AdmissionOptions = {}): Gateway {
  return {
    connect: (event) => connect(app, event, options),
    message: async (event) => {
      const { connectionId, connectedAt, requestTimeEpoch, authorizer, identity } = event.requestContext;
      const from = connectionId as ConnectionId;
      const text = octetsIn(event);
      // RFC 7118 §6, RFC 5626 §3.5.1: a double CRLF is a ping, a single one a pong.
      if (text === PING) return { statusCode: 200, body: PONG };
      if (text === PONG || text === "") return OK;
      await receive(app, from, text, {
        connectedAt,
        receivedAt: requestTimeEpoch,
        source: sourceOf(from, identity),
        address: identity?.sourceIp,
        authorized: authorizedBy(authorizer),
        isTooMuch: event.isTooMuch,
        refusal: event.unframed && new Refusal(event.unframed.statusCode, event.unframed.reason),
      });
      return OK;
    },
    disconnect: async ({ requestContext }) => {
      await logged(app, "disconnect", () => disconnect(app, requestContext.connectionId as ConnectionId));
      return OK;
    },
    alarm: async (fork) => {
      await settle(app, fork, { type: "alarm" });
    },
    tokenDied: (token, reason) => tokenDied(app, token, reason),
    look: () => logged(app, "look", () => lookAtDue(app)),
  };
}

/**
 * Whether a connection may be, cheapest question first: it speaks SIP (400), its page may (403), then who it is (401). A token that is not good is
 * refused here, where its client learns it at once.
 */
async function connect(app: App, event: GatewayEvent, options: AdmissionOptions): Promise<GatewayResult> {
  const accepted = acceptance(app, event);
  // API Gateway has asked its authorizer already.
  if (accepted.statusCode !== 200 || event.requestContext.authorizer !== undefined) return accepted;
  const admitted = certifiedTrunk(app, event) ?? (await admission(app, event, options));
  if (admitted === "refused") return { statusCode: 401, body: "The token is not good." };
  return admitted === undefined ? accepted : { ...accepted, context: admitted };
}

/**
 * The client must speak SIP, and is told that we do (RFC 7118 §4.1); a page must be one of those that may. A stream has no
 * handshake to say any of that in.
 */
function acceptance(app: App, event: GatewayEvent): GatewayResult {
  if (streamOf(event.requestContext.connectionId as ConnectionId) !== undefined) return OK;
  const offered = headerOf(event, "sec-websocket-protocol")
    .split(",")
    .map((protocol) => protocol.trim());
  if (!offered.includes(SUBPROTOCOL))
    return { statusCode: 400, body: 'This is SIP: offer the subprotocol "sip".' };
  const origin = headerOf(event, "origin");
  if (origin !== "" && !isOriginAllowed(origin, headerOf(event, "host"), app.settings.origins))
    return { statusCode: 403, body: "Pages of this origin may not connect." };
  return { statusCode: 200, headers: { "Sec-WebSocket-Protocol": SUBPROTOCOL } };
}

/** Where its client is, as far as its edge says. */
function sourceOf(
  from: ConnectionId,
  identity: GatewayEvent["requestContext"]["identity"],
): Source | undefined {
  if (identity?.sourceIp === undefined || identity.sourcePort === undefined) return undefined;
  return { address: identity.sourceIp, port: identity.sourcePort, isStream: streamOf(from) !== undefined };
}

function octetsIn({ body = "", isBase64Encoded }: GatewayEvent): Octets {
  return isBase64Encoded ? octetsOfBytes(Buffer.from(body, "base64")) : octetsOf(body);
}
