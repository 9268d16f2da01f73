import type { IncomingMessage } from "node:http";
import { requestTime } from "../../../edge/event.ts";
import { gatewayId, traceId } from "./ids.ts";

// The events of API Gateway's WebSocket API as they were captured from it, in its order of fields: there is no version, no path and no
// httpMethod, headers are in `$connect` only, and a query only where there is one.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html

/** What all events of a connection say of it. */
export interface ConnectionFacts {
  readonly connectionId: string;
  /** Ms since 1970. */
  readonly connectedAt: number;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  readonly domainName: string;
  readonly apiId: string;
  readonly stage: string;
  /** What the authorizer said: its `context` as strings, and `principalId`. */
  readonly authorizer: Readonly<Record<string, string | number>> | undefined;
}

/** What a handshake said, as `$connect` and an authorizer are told. */
export interface Handshake {
  readonly headers: Readonly<Record<string, string>>;
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[]>>;
}

/** What belongs to the hop that ends at the gateway. */
const OF_THE_HOP: ReadonlySet<string> = new Set(["connection", "upgrade"]);

/** Header names in the client's spelling; of a header or a parameter that comes twice the last. */
export function handshakeOf(request: IncomingMessage, sourceIp: string, now: number): Handshake {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const [name = "", value = ""] = request.rawHeaders.slice(at, at + 2);
    if (!OF_THE_HOP.has(name.toLowerCase())) pairs.push([name, value]);
  }
  pairs.push(["X-Amzn-Trace-Id", traceId(now)], ["X-Forwarded-For", sourceIp]);
  pairs.push(["X-Forwarded-Port", "443"], ["X-Forwarded-Proto", "https"]);
  const headers = { headers: lastOf(pairs), multiValueHeaders: allOf(pairs) };
  const query = [...new URL(request.url ?? "/", "http://twin").searchParams];
  if (query.length === 0) return headers;
  return {
    ...headers,
    queryStringParameters: lastOf(query),
    multiValueQueryStringParameters: allOf(query),
  };
}

export function connectEvent(facts: ConnectionFacts, handshake: Handshake, now: number) {
  const requestContext = contextOf(facts, "$connect", "CONNECT", now);
  return { ...handshake, requestContext, isBase64Encoded: false };
}

export function messageEvent(facts: ConnectionFacts, body: string, now: number) {
  const { routeKey, ...others } = contextOf(facts, "$default", "MESSAGE", now);
  return { requestContext: { routeKey, messageId: gatewayId(), ...others }, body, isBase64Encoded: false };
}

export function disconnectEvent(facts: ConnectionFacts, code: number, reason: string, now: number) {
  const { routeKey, eventType, extendedRequestId, requestTime, messageDirection, ...others } = contextOf(
    facts,
    "$disconnect",
    "DISCONNECT",
    now,
  );
  const headers = { Host: facts.domainName, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": "" };
  return {
    headers,
    multiValueHeaders: allOf(Object.entries(headers)),
    requestContext: {
      routeKey,
      disconnectStatusCode: code,
      eventType,
      extendedRequestId,
      requestTime,
      messageDirection,
      disconnectReason: reason,
      ...others,
    },
    isBase64Encoded: false,
  };
}

/** What a REQUEST authorizer is asked before `$connect`. */
export function authorizerEvent(facts: ConnectionFacts, handshake: Handshake, arn: string, now: number) {
  const requestContext = contextOf(facts, "$connect", "CONNECT", now);
  return { type: "REQUEST", methodArn: arn, ...handshake, stageVariables: {}, requestContext };
}

function contextOf(facts: ConnectionFacts, routeKey: string, eventType: string, now: number) {
  const { stage, connectedAt, userAgent, sourceIp, domainName, connectionId, apiId, authorizer } = facts;
  const requestId = gatewayId();
  return {
    routeKey,
    eventType,
    extendedRequestId: requestId,
    requestTime: requestTime(now),
    messageDirection: "IN",
    stage,
    connectedAt,
    requestTimeEpoch: now,
    identity: { ...(userAgent === undefined ? {} : { userAgent }), sourceIp },
    requestId,
    domainName,
    connectionId,
    apiId,
    ...(authorizer === undefined ? {} : { authorizer }),
  };
}

function lastOf(pairs: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  return Object.fromEntries(pairs);
}

function allOf(pairs: readonly (readonly [string, string])[]): Readonly<Record<string, readonly string[]>> {
  const all = new Map<string, string[]>();
  for (const [name, value] of pairs) all.set(name, [...(all.get(name) ?? []), value]);
  return Object.fromEntries(all);
}
