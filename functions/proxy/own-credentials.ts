import { Authorization, ProxyAuthorization } from "../sip/fields.ts";
import { type HeaderLine, Headers } from "../sip/headers.ts";
import type { SipRequest } from "../sip/message.ts";
import { paramOf } from "../sip/params.ts";
import { unquoted } from "../sip/scanner.ts";
import { SipSyntaxError } from "../sip/syntax-error.ts";

/**
 * The request without the credentials that were for us: what goes on, or is kept, does not hold them. Those for the realms
 * of others go on to them (RFC 3261 §22.3). With `takesTokens` a bearer token in Authorization is for us, too, where clients put
 * it (RFC 8898 §2.1.4), and is a secret to all others (§2.1.2).
 */
export function withoutOwnCredentials(
  request: SipRequest,
  isOurs: (realm: string) => boolean,
  takesTokens = false,
): SipRequest {
  const { headers } = request;
  if (!headers.has(ProxyAuthorization) && !(takesTokens && headers.has(Authorization))) return request;
  const kept = headers.lines.filter((line) => {
    if (line.key === ProxyAuthorization.key) return !isFor(line, isOurs);
    return !(takesTokens && line.key === Authorization.key && hasToken(line));
  });
  return { ...request, headers: new Headers(kept) };
}

/** What cannot be read may be a token. */
function hasToken(line: HeaderLine): boolean {
  try {
    return line.read(Authorization).some(({ scheme }) => scheme === "bearer");
  } catch (error) {
    if (error instanceof SipSyntaxError) return true;
    throw error;
  }
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
