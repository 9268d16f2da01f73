import type { IncomingHttpHeaders } from "node:http";
import type { AuthorizerContext, ClientCertificate, GatewayEvent } from "../../functions/gateway/event.ts";
import type { ConnectionId } from "../../functions/location/ids.ts";
import type { Transport } from "../../functions/location/transport.ts";

/** What the edge knows of a connection, for the events it makes. */
export interface ConnectionFacts {
  readonly connectionId: ConnectionId;
  /** What carries it. */
  readonly transport: Transport;
  /** Ms since 1970. */
  readonly connectedAt: number;
  readonly sourceIp: string;
  /** Undefined if a proxy brings the client, and does not say it. */
  readonly sourcePort: number | undefined;
  readonly userAgent: string;
  readonly domainName: string;
  /** What the handler of `$connect` said of it, if anything. */
  readonly authorizer?: AuthorizerContext | undefined;
}

const STAGE = "edge";
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

let eventsMade = 0;

export function connectEvent(
  facts: ConnectionFacts,
  headers: IncomingHttpHeaders,
  now: number,
  url = "",
  certificate?: ClientCertificate,
): GatewayEvent {
  const single: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) single[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  const requestContext = context(facts, "$connect", "CONNECT", now);
  return {
    headers: single,
    queryStringParameters: queryIn(url),
    requestContext:
      certificate === undefined
        ? requestContext
        : { ...requestContext, identity: { ...requestContext.identity, certificate } },
    isBase64Encoded: false,
  };
}

/** Of parameters that come twice the last one; undefined without any. Prototypes are nobody's parameters. */
function queryIn(url: string): Readonly<Record<string, string>> | undefined {
  const mark = url.indexOf("?");
  if (mark < 0 || mark === url.length - 1) return undefined;
  const parameters: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(url.slice(mark + 1))) parameters[name] = value;
  return parameters;
}

export function messageEvent(
  facts: ConnectionFacts,
  body: string,
  isBase64Encoded: boolean,
  now: number,
): GatewayEvent {
  return { requestContext: context(facts, "$default", "MESSAGE", now), body, isBase64Encoded };
}

export function disconnectEvent(
  facts: ConnectionFacts,
  code: number,
  reason: string,
  now: number,
): GatewayEvent {
  const requestContext = {
    ...context(facts, "$disconnect", "DISCONNECT", now),
    disconnectStatusCode: code,
    disconnectReason: reason,
  };
  return { requestContext, isBase64Encoded: false };
}

/** As API Gateway writes it, with one id for what it has three for. */
function context(facts: ConnectionFacts, routeKey: string, eventType: string, now: number) {
  const requestId = `${facts.connectionId}.${(++eventsMade).toString(36)}`;
  return {
    routeKey,
    eventType,
    messageDirection: "IN",
    messageId: requestId,
    requestId,
    extendedRequestId: requestId,
    requestTime: requestTime(now),
    requestTimeEpoch: now,
    connectedAt: facts.connectedAt,
    connectionId: facts.connectionId,
    identity: { sourceIp: facts.sourceIp, sourcePort: facts.sourcePort, userAgent: facts.userAgent },
    domainName: facts.domainName,
    stage: STAGE,
    apiId: STAGE,
    authorizer: facts.authorizer,
  };
}

let lastSecond = -1;
let lastTime = "";

/** `16/Mar/2025:00:46:22 +0000`, written once a second. */
export function requestTime(now: number): string {
  const second = Math.floor(now / 1000);
  if (second !== lastSecond) {
    const date = new Date(now);
    const day = String(date.getUTCDate()).padStart(2, "0");
    lastTime = `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`;
    lastSecond = second;
  }
  return lastTime;
}
