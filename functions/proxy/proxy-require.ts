import { ProxyRequire } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import { refuseUnknown } from "../sip/option-tags.ts";

/** What a proxy may be required to understand: caller preferences (RFC 3841 §5). */
const UNDERSTOOD: ReadonlySet<string> = new Set(["pref"]);

/** Methods that have no use for the header, and in which it is ignored (RFC 3261 §8.2.2.3). */
const EXEMPT: readonly string[] = ["ACK", "CANCEL"];

/** Refuses a request that requires of its proxies what we do not understand (RFC 3261 §16.3 step 5: 420). */
export function checkProxyRequire({ method, headers }: SipRequest): void {
  if (headers.has(ProxyRequire) && !EXEMPT.includes(method))
    refuseUnknown(headers.all(ProxyRequire), UNDERSTOOD);
}
