import { ContentLength } from "../sip/fields.ts";
import { format } from "../sip/format.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { parse } from "../sip/parse.ts";

/** A request as a fork keeps it. */
export interface KeptRequest {
  /** Start line and headers, without Content-Length: the body may be dropped before they are. */
  readonly head: Octets;
  readonly body: Octets;
}

export function keepRequest(request: SipRequest): KeptRequest {
  const headers = request.headers.without(ContentLength);
  return { head: format({ ...request, headers, body: "" }), body: request.body };
}

export function keptRequest({ head, body }: KeptRequest): SipRequest {
  const message = parse(head);
  if (message.kind !== "request") throw new Error("a response was kept as a request");
  return { ...message, headers: message.headers.append(ContentLength, body.length), body };
}
