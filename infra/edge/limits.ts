/** What one client may cost the edge. Times in ms. */
export interface EdgeLimits {
  /** Octets of one message, as on API Gateway; a larger one closes with 1009. */
  readonly maxMessage: number;
  /** WebSocket fragments of one message. */
  readonly maxFragments: number;
  /** TCP reads that one frame may come in. */
  readonly maxBufferedChunks: number;
  /** Octets that a client leaves unread before it is cut off. */
  readonly maxUnread: number;
  /** For the headers of an HTTP request, a handshake's included. */
  readonly headersTimeout: number;
  /** From the handshake to the first message. */
  readonly firstMessageTimeout: number;
  /** From the first octet of a message to its last. */
  readonly messageTimeout: number;
  /** Between two WebSocket pings of ours; a client that has not answered one by the next is cut off. */
  readonly pingInterval: number;
}

export const DEFAULT_EDGE_LIMITS: EdgeLimits = {
  maxMessage: 131_072,
  maxFragments: 64,
  maxBufferedChunks: 1_024,
  maxUnread: 1_048_576,
  headersTimeout: 5_000,
  firstMessageTimeout: 30_000,
  messageTimeout: 10_000,
  pingInterval: 25_000,
};
