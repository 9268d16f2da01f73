import type { Keyring } from "../keyring/keyring.ts";
import { CallId, Route } from "../sip/fields.ts";
import { Headers, headerLine } from "../sip/headers.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import { isSipUri, parseUri } from "../sip/uri.ts";
import { partyIn } from "./dialog-token.ts";

/**
 * The request of a strict router (RFC 2543) as a loose one would have sent it (RFC 3261 §16.4). A strict router takes the
 * first of its Routes for the Request-URI, and puts the target behind the others. If that first Route is a Record-Route
 * of ours, it becomes a Route again, above the others, and the target the Request-URI; of our two Routes the last still
 * says where the request goes. Any other request stays the very same.
 *
 * Throws `SipSyntaxError`, and a `Refusal` (400) if there are but Routes of ours and no target behind them.
 */
export function looseRouted(
  keyring: Keyring,
  request: SipRequest,
  isOurs: (host: string) => boolean,
): SipRequest {
  const { uri, headers } = request;
  if (!headers.has(Route)) return request;
  const callId = headers.first(CallId) ?? "";
  const isOurRoute = (text: string): boolean => {
    const parsed = parseUri(text, "Request-URI");
    return (
      isSipUri(parsed) && isOurs(parsed.host.toLowerCase()) && partyIn(keyring, parsed, callId) !== undefined
    );
  };
  if (!isOurRoute(uri)) return request;
  const routes = headers.all(Route);
  const target = routes.at(-1)?.uri;
  if (target === undefined) return request;
  if (isOurRoute(target)) throw new Refusal(400, "No Target behind the Routes");
  const first = headerLine(Route, { display: undefined, uri, params: [] }, ...routes.slice(0, -1));
  return { ...request, uri: target, headers: new Headers([first, ...headers.without(Route).lines]) };
}
