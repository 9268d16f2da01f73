import { DateOf, ProxyAuthorization, Via } from "../sip/fields.ts";
import { Headers, headerLine } from "../sip/headers.ts";
import type { SipRequest } from "../sip/message.ts";

/**
 * A MESSAGE as it is kept: without its Vias, since it has been answered and nobody behind them waits any more, without
 * credentials, and with the Date at which it came if it has none (`now` in ms since 1970).
 */
export function messageToKeep(request: SipRequest, now: number): SipRequest {
  const lines = request.headers.lines.filter(({ key }) => key !== Via.key && key !== ProxyAuthorization.key);
  if (!request.headers.has(DateOf)) lines.push(headerLine(DateOf, new Date(now).toUTCString()));
  const { method, uri, body } = request;
  return { kind: "request", method, uri, headers: new Headers(lines), body };
}
