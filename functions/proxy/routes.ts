import { Route } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import { isSipUri, parseUri, type SipUri } from "../sip/uri.ts";

/**
 * A request whose Routes that name us are popped (RFC 3261 §16.4), the first and the last of those. Within a dialog the first
 * names the side that sends it, and the last the one that it goes to; a single one is both.
 */
export interface Popped {
  readonly request: SipRequest;
  readonly first: SipUri | undefined;
  readonly last: SipUri | undefined;
}

/** Pops the topmost Routes for as long as they are ours. Throws `SipSyntaxError`. */
export function popRoutes(request: SipRequest, isOurs: (host: string) => boolean): Popped {
  let { headers } = request;
  let first: SipUri | undefined;
  let last: SipUri | undefined;
  for (const { uri: text } of request.headers.all(Route)) {
    const uri = parseUri(text, "Route");
    if (!isSipUri(uri) || !isOurs(uri.host.toLowerCase())) break;
    headers = headers.withoutFirst(Route);
    first ??= uri;
    last = uri;
  }
  return { request: last === undefined ? request : { ...request, headers }, first, last };
}
