import type { Credentials } from "../sip/credentials.ts";
import type { HeaderField } from "../sip/field.ts";
import { Authorization, ProxyAuthorization } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { quoted } from "../sip/scanner.ts";

/** Where tokens come from, as a challenge says (RFC 8898 §4). */
export interface TokenSource {
  /** The authorization server, an https URI. */
  readonly authzServer: string;
  /** What a token must be good for, in the server's words, separated by spaces; undefined if any token of its will do. */
  readonly scope: string | undefined;
}

const FOR_REGISTRAR: readonly HeaderField<Credentials>[] = [Authorization];
/** RFC 8898 §2.1.4 has clients answer a proxy in Authorization, §2.3 has the proxy look into Proxy-Authorization: both will do. */
const FOR_PROXY: readonly HeaderField<Credentials>[] = [ProxyAuthorization, Authorization];

/** The bearer token of a request; undefined if it has none. Throws `SipSyntaxError`. */
export function bearerToken({ headers }: SipRequest, asker: "registrar" | "proxy"): Octets | undefined {
  for (const field of asker === "registrar" ? FOR_REGISTRAR : FOR_PROXY) {
    for (const { token } of headers.all(field)) if (token !== undefined) return token;
  }
  return undefined;
}

/** What asks for a token (RFC 8898 §4); `isWrong` if one was given that is not accepted (RFC 6750 §3.1). */
export function bearerChallenge(
  realm: string,
  { authzServer, scope }: TokenSource,
  isWrong: boolean,
): string {
  const scoped = scope === undefined ? "" : `, scope=${quoted(scope)}`;
  const error = isWrong ? ', error="invalid_token"' : "";
  return `Bearer realm=${quoted(realm)}${scoped}, authz_server=${quoted(authzServer)}${error}`;
}
