import type { Octets } from "../sip/octets.ts";
import { paramOf } from "../sip/params.ts";
import { isSipUri, type Uri, unescaped } from "../sip/uri.ts";

/** What a Request-URI dials. */
export interface Dialled {
  /** A number without its separators and parameters; or any other user, unescaped. */
  readonly user: Octets;
  /** In lower case; undefined for `tel:`. */
  readonly domain: Octets | undefined;
}

/** A number with its visual separators and parameters (RFC 3966 §3), with the digits of telephones. */
const NUMBER = /^\+?[\d*#().-]+(?:;|$)/;
const SEPARATORS = /[().-]/g;
/** They name a place or a device (RFC 3261 §16.5, RFC 5627 §4.3, RFC 8599 §6.2.3), and no number. */
const NOT_DIALLED = ["maddr", "gr", "pn-purr"];

/**
 * What the URI dials; undefined for one that names nobody, or something else than who is called. So with parameters of a number in a SIP
 * URI: they could lead a gateway elsewhere than the number does (`rn`, RFC 4694).
 */
export function dialledIn(uri: Uri): Dialled | undefined {
  if (!isSipUri(uri)) {
    const number = uri.scheme === "tel" ? numberIn(uri.rest) : undefined;
    return number === undefined ? undefined : { user: number, domain: undefined };
  }
  if (uri.user === undefined || NOT_DIALLED.some((name) => paramOf(uri.params, name) !== undefined))
    return undefined;
  const user = unescaped(uri.user);
  if (user.includes(";")) return undefined;
  return { user: numberIn(user) ?? user, domain: uri.host.toLowerCase() };
}

/** `+49-30-123;ext=1` as `+4930123`; undefined for what is no number. */
export function numberIn(text: Octets): Octets | undefined {
  if (!NUMBER.test(text)) return undefined;
  const end = text.indexOf(";");
  const number = (end < 0 ? text : text.slice(0, end)).replace(SEPARATORS, "");
  return number === "" || number === "+" ? undefined : number;
}
