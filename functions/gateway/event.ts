// What API Gateway's WebSocket API hands to a function and takes from it: the contract of every edge.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html

/** What we read of an event; there is more in it. */
export interface GatewayEvent {
  readonly requestContext: {
    readonly connectionId: string;
    /** When the connection came up, in ms since 1970. */
    readonly connectedAt?: number;
    readonly identity?: { readonly sourceIp?: string };
    /** Only in `$disconnect`. */
    readonly disconnectStatusCode?: number;
  };
  /** Only in `$connect`; names in any case. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Only in `$default`: the frame, as text or as Base64. */
  readonly body?: string;
  readonly isBase64Encoded: boolean;
  /** Only from our own edge, which counts: the client sends too much. API Gateway has throttles of its own, and says nothing. */
  readonly isTooMuch?: boolean;
}

/** What a function answers: for `$connect` whether to accept, for `$default` maybe a frame to send back. */
export interface GatewayResult {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
