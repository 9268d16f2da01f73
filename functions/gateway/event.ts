// What API Gateway's WebSocket API hands to a function and takes from it: the contract of every edge.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html

/** What a client asks to be connected with. */
export interface GatewayHandshake {
  /** Names in any case. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Unescaped; undefined or null if there was no query. */
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null | undefined;
}

/** What an authorizer said of a connection, values as strings: `aor`, `expiresAt` (ms since 1970), and `rights` (words) of a restricted user. */
export type AuthorizerContext = Readonly<Record<string, string>>;

/** What our own edge says at `$connect` of a client that has shown a good certificate, and proved that it is its own. */
export interface ClientCertificate {
  /** What it is for, of all names that are of interest: DNS names (RFC 5922 §7). */
  readonly names: readonly string[];
  /** Ms since 1970. */
  readonly expiresAt: number;
}

/** What we read of an event; there is more in it. Headers and query are only in `$connect`. */
export interface GatewayEvent extends GatewayHandshake {
  readonly requestContext: {
    readonly connectionId: string;
    /** When the connection came up, in ms since 1970. */
    readonly connectedAt?: number;
    /** When the edge received this, in ms since 1970: earlier, maybe by seconds, than it is handled. */
    readonly requestTimeEpoch?: number;
    /** The port is said by our own edge only. */
    readonly identity?: {
      readonly sourceIp?: string;
      readonly sourcePort?: number | undefined;
      readonly certificate?: ClientCertificate | undefined;
    };
    /** Only in `$disconnect`. */
    readonly disconnectStatusCode?: number;
    /** In every event of a connection that somebody was let in over. */
    readonly authorizer?: AuthorizerContext | undefined;
  };
  /** Only in `$default`: the frame, as text or as Base64. */
  readonly body?: string;
  readonly isBase64Encoded: boolean;
  /** Only from our own edge, which counts: the client sends too much. API Gateway has throttles of its own, and says nothing. */
  readonly isTooMuch?: boolean;
  /**
   * Only from our own edge, of a stream: where this message ends cannot be told, so that it is the last, and what has come of it is
   * to be refused so.
   */
  readonly unframed?: Unframed;
}

/** Why a stream cannot be framed, as a response says it (RFC 3261 §18.3). */
export interface Unframed {
  readonly statusCode: 400 | 513;
  readonly reason: string;
}

/** What a function answers: for `$connect` whether to accept, for `$default` maybe a frame to send back. */
export interface GatewayResult {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /**
   * Only for `$connect`: what our edge says as `authorizer` in every later event of the connection. API Gateway takes that from its
   * authorizer (`authorizer.ts`) and from nobody else.
   */
  readonly context?: AuthorizerContext;
}
