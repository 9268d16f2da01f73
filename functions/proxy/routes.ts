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
export function popRoutes(received: SipRequest, isOurs: (host: string) => boolean): Popped {
  let count = 0;
  let first: SipUri | undefined;
  let last: SipUri | undefined;
  for (const { uri: text } of received.headers.all(Route)) {
    const uri = parseUri(text, "Route");
    if (!isSipUri(uri) || !isOurs(uri.host.toLowerCase())) break;
    count++;
    first ??= uri;
    last = uri;
  }
  // All at once: a line is written anew for each time that one is taken out of it, and a stranger may send thousands.
  const request =
    count === 0 ? received : { ...received, headers: received.headers.withoutFirst(Route, count) };
  return { request, first, last };
}
