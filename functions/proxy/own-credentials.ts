import { ProxyAuthorization } from "../sip/fields.ts";
import { type HeaderLine, Headers } from "../sip/headers.ts";
import type { SipRequest } from "../sip/message.ts";
import { paramOf } from "../sip/params.ts";
import { unquoted } from "../sip/scanner.ts";
import { SipSyntaxError } from "../sip/syntax-error.ts";

/**
 * The request without the credentials that were for us: what goes on, or is kept, does not hold them. Those for the realms
 * of others go on to them (RFC 3261 §22.3).
 */
export function withoutOwnCredentials(request: SipRequest, isOurs: (realm: string) => boolean): SipRequest {
  if (!request.headers.has(ProxyAuthorization)) return request;
  const kept = request.headers.lines.filter(
    (line) => line.key !== ProxyAuthorization.key || !isFor(line, isOurs),
  );
  return { ...request, headers: new Headers(kept) };
}

/** What names no realm, or cannot be read, is for nobody else. */
function isFor(line: HeaderLine, isOurs: (realm: string) => boolean): boolean {
  try {
    const realm = paramOf(line.read(ProxyAuthorization)[0]?.params ?? [], "realm");
    return realm === undefined || isOurs(unquoted(realm));
  } catch (error) {
    if (error instanceof SipSyntaxError) return true;
    throw error;
  }
}
