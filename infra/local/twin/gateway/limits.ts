/** What API Gateway gives a connection. Times in ms, sizes in octets. */
export interface GatewayLimits {
  /** Without a message either way. Whether pings count is not documented: here they do not. */
  readonly idle: number;
  /** From the handshake on, whatever happens. */
  readonly duration: number;
  readonly maxMessage: number;
  readonly maxFrame: number;
  /** For a function to answer. */
  readonly integration: number;
  /** What a client may leave unread before a POST to it is answered 429. */
  readonly maxUnread: number;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
export const GATEWAY_LIMITS: GatewayLimits = {
  idle: 600_000,
  duration: 7_200_000,
  maxMessage: 131_072,
  maxFrame: 32_768,
  integration: 29_000,
  maxUnread: 1_048_576,
};
