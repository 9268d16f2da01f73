const RESPONSE = "SIP/2.0 ";
/** Of a keep-alive: `CRLF CRLF`, `CRLF` or nothing. */
const KEEP_ALIVE = 4;

/** What a frame that is no request counts against the limit of requests. */
export const LITTLE = 0.25;

/**
 * What a frame counts against its connection's limit of requests, by a look and not by parsing. Responses count little: others
 * ask for them; and so do keep-alives.
 */
export function costOf(frame: string): number {
  return frame.length <= KEEP_ALIVE || frame.startsWith(RESPONSE) ? LITTLE : 1;
}
