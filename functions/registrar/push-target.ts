import type { PushTarget } from "../location/location.ts";
import type { Octets } from "../sip/octets.ts";
import { type Params, paramOf } from "../sip/params.ts";
import { unquoted } from "../sip/scanner.ts";
import { unescaped } from "../sip/uri.ts";

/**
 * The push target that a Contact names (RFC 8599 §4.1.1); undefined if it names none. The parameters belong into the
 * URI, but SIP.js, JsSIP and others can only put them behind it: there they count too.
 */
export function pushTargetOf(uriParams: Params, headerParams: Params): PushTarget | undefined {
  const params = paramOf(uriParams, "pn-provider") === undefined ? headerParams : uriParams;
  const provider = plain(params, "pn-provider").toLowerCase();
  const prid = plain(params, "pn-prid");
  return provider === "" || prid === "" ? undefined : { provider, param: plain(params, "pn-param"), prid };
}

function plain(params: Params, name: string): Octets {
  return unescaped(unquoted(paramOf(params, name) ?? ""));
}
