import { Require } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import { refuseUnknown } from "../sip/option-tags.ts";

/** What may be required of us: RFC 3327, RFC 5626, RFC 5627, RFC 3840. */
export const UNDERSTOOD: ReadonlySet<string> = new Set(["path", "outbound", "gruu", "pref"]);

/**
 * Refuses a request to us, a REGISTER above all, that requires what we do not understand, and says what that is
 * (RFC 3261 §8.2.2.3, §10.3 step 2: 420).
 */
export function checkExtensions({ headers }: SipRequest): void {
  refuseUnknown(headers.all(Require), UNDERSTOOD);
}
