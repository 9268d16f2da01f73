import type { Pace } from "../../functions/pace.ts";

/** What one client may cost the edge, and all of them. Times in ms; no limit where a pace is `Infinity` or a number is. */
export interface EdgeLimits {
  /** Octets of one message, as on API Gateway; a larger one closes with 1009, a stream with 513. */
  readonly maxMessage: number;
  /** WebSocket fragments of one message. */
  readonly maxFragments: number;
  /** TCP reads that one frame may come in. */
  readonly maxBufferedChunks: number;
  /** Of a message that comes over a stream, the octets of its start line and headers. */
  readonly maxHeaders: number;
  /** Octets that a client leaves unread before it is cut off. */
  readonly maxUnread: number;
  /**
   * For the headers of an HTTP request, a handshake's included; for a TLS handshake; and for what a proxy says of a client. Twice as
   * long an HTTP connection may stand still.
   */
  readonly headersTimeout: number;
  /** From the handshake until somebody has proved who he is; then the connection is closed with 1008. */
  readonly proofTimeout: number;
  /** From the first octet of a message to its last. */
  readonly messageTimeout: number;
  /** From our end of a connection (RFC 6455 §5.5.1) to the client's; then it is cut off. */
  readonly closingTimeout: number;
  /** Between two WebSocket pings of ours; a client that has not answered one by the next is cut off. */
  readonly pingInterval: number;
  /** Of a stream whose client has pinged: if nothing comes for so long, its app sleeps (RFC 5626 §4.4.1), and it is cut off. */
  readonly silenceTimeout: number;
  /** Of one connection: beyond it they are answered 503, and beyond twice the burst it is closed with 1008. */
  readonly requests: Pace;
  /** At a time; a handshake beyond it is answered 503. */
  readonly maxConnections: number;
  /** At a time from one address, and as many new ones a minute; a handshake beyond it is answered 429. */
  readonly maxPerAddress: number;
  /** New ones, wherever from: beyond it a handshake is answered 503, so that a storm leaves time for who is in. */
  readonly connects: Pace;
  /** Wrong proofs over one connection; the last one closes it with 1008. */
  readonly maxWrongProofs: number;
  /** Wrong proofs from one address for one user; beyond it each is answered 403, and a right one too. */
  readonly wrongProofsOfUser: Pace;
  /** Wrong proofs from one address, whoever for. */
  readonly wrongProofsOfAddress: Pace;
}

const TEN_MINUTES = 600;

/** `docs/limits.md` says why so many. */
export const DEFAULT_EDGE_LIMITS: EdgeLimits = {
  maxMessage: 131_072,
  maxFragments: 64,
  maxBufferedChunks: 1_024,
  maxHeaders: 32_768,
  maxUnread: 1_048_576,
  headersTimeout: 5_000,
  proofTimeout: 30_000,
  messageTimeout: 10_000,
  closingTimeout: 5_000,
  pingInterval: 25_000,
  silenceTimeout: 600_000,
  requests: { burst: 200, perSecond: 40 },
  maxConnections: 50_000,
  maxPerAddress: 1_000,
  connects: inOneSecond(500),
  maxWrongProofs: 5,
  wrongProofsOfUser: { burst: 10, perSecond: 10 / TEN_MINUTES },
  wrongProofsOfAddress: { burst: 50, perSecond: 50 / TEN_MINUTES },
};

/** So many in a second; `Infinity` for no limit. */
export function inOneSecond(most: number): Pace {
  return { burst: most, perSecond: most };
}

/** So many in ten minutes; 0 for no limit. */
export function inTenMinutes(most: number): Pace {
  return { burst: most, perSecond: most === 0 ? Number.POSITIVE_INFINITY : most / TEN_MINUTES };
}
