/** Why a connection was closed from our side. */
export type Cause = "deleted" | "idle" | "too old" | "binary" | "frame too long";

interface Closing {
  /** For the client (RFC 6455 §7.4.1). */
  readonly code: number;
  /** What `$disconnect` says. */
  readonly reason: string;
}

/**
 * Captured from API Gateway: `deleted`, and the code of `binary` and of `frame too long`. What it says of time-outs is not known:
 * "Going away" is what other doubles say.
 */
export const CLOSINGS: Readonly<Record<Cause, Closing>> = {
  deleted: { code: 1000, reason: "Connection Closed Normally" },
  idle: { code: 1001, reason: "Going away" },
  "too old": { code: 1001, reason: "Going away" },
  binary: { code: 1003, reason: "Binary frames are not supported" },
  "frame too long": { code: 1009, reason: "Frame too long" },
};

const NO_STATUS = 1005;

/** The words for a close of the client's: its own, if it has any. */
export function clientsReason(code: number, reason: string): string {
  return code === NO_STATUS ? "Client-side close frame status not set" : reason;
}
