import type { Headers } from "./headers.ts";
import type { Octets } from "./octets.ts";

/** A SIP request (RFC 3261 §7.1). Immutable. */
export interface SipRequest {
  readonly kind: "request";
  /** Case matters: `INVITE`, any token. */
  readonly method: Octets;
  /** The Request-URI as spelled. */
  readonly uri: Octets;
  readonly headers: Headers;
  readonly body: Octets;
}

/** A SIP response (RFC 3261 §7.2). Immutable. */
export interface SipResponse {
  readonly kind: "response";
  /** 100 to 699. */
  readonly status: number;
  readonly reason: Octets;
  readonly headers: Headers;
  readonly body: Octets;
}

export type SipMessage = SipRequest | SipResponse;
