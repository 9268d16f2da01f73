import { USER } from "./chars.ts";
import type { Octets } from "./octets.ts";
import { isSipUri, parseUri, type SipUri, unescaped } from "./uri.ts";

declare const brand: unique symbol;

/**
 * An address-of-record in canonical form, `sip:user@domain`: escapes resolved where the user needs none, domain in
 * lower case, no parameters, no port (RFC 3261 §10.3 step 5). Two spellings of one address give the same string.
 */
export type Aor = string & { readonly [brand]: "Aor" };

const SCHEME = "sip:";
const HEX = "0123456789ABCDEF";

/** No address of ours is longer, in octets; records are kept under it, and no store takes keys of any length. */
const MAX_AOR = 512;

/**
 * The AoR that a URI names; undefined without a user part, or for one that is too long to be anybody's. `sips:` names the
 * same user as `sip:`.
 */
export function aorOf(uri: SipUri): Aor | undefined {
  if (uri.user === undefined) return undefined;
  const named = aor(unescaped(uri.user), uri.host);
  return named.length > MAX_AOR ? undefined : named;
}

/** The AoR in a URI's text; undefined for a URI that is not SIP or names nobody. Throws `SipSyntaxError`. */
export function aorIn(text: Octets, part: string): Aor | undefined {
  const uri = parseUri(text, part);
  return isSipUri(uri) ? aorOf(uri) : undefined;
}

/** The AoR of a user, unescaped, of a domain. */
export function aor(user: Octets, domain: Octets): Aor {
  return `${SCHEME}${escaped(user)}@${domain.toLowerCase()}` as Aor;
}

/** The user of an AoR, unescaped. */
export function userOf(address: Aor): Octets {
  return unescaped(address.slice(SCHEME.length, address.lastIndexOf("@")));
}

/** The domain of an AoR. */
export function domainOf(address: Aor): Octets {
  return address.slice(address.lastIndexOf("@") + 1);
}

function escaped(user: Octets): Octets {
  let result = "";
  for (let i = 0; i < user.length; i++) {
    const code = user.charCodeAt(i);
    result += USER[code] === 1 ? user.charAt(i) : `%${HEX.charAt(code >> 4)}${HEX.charAt(code & 15)}`;
  }
  return result;
}
