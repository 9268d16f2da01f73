import type { Octets } from "./octets.ts";
import { withoutParam } from "./params.ts";
import { formatUri, isSipUri, parseUri } from "./uri.ts";

/** What a Request-URI must not have, if it stands where it means something and not within a user. */
const MAY_BE_MORE = /\?|;method=/i;

/**
 * A contact's URI as a Request-URI: without what a contact may hold and a Request-URI may not, which are the headers behind
 * its "?" and `method` (RFC 3261 §16.6 step 2, Table 1 in §19.1.1). Most have neither, and stay as they are. Throws
 * `SipSyntaxError`.
 */
export function requestUri(contact: Octets): Octets {
  if (!MAY_BE_MORE.test(contact)) return contact;
  const uri = parseUri(contact, "Request-URI");
  if (!isSipUri(uri)) return contact;
  return formatUri({ ...uri, params: withoutParam(uri.params, "method"), headers: undefined });
}
