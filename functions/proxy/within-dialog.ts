import { To } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import { paramOf } from "../sip/params.ts";

/** Whether a request belongs to a dialog that there is already: its To has a tag (RFC 3261 §12.2). Throws `SipSyntaxError`. */
export function isWithinDialog({ headers }: SipRequest): boolean {
  const to = headers.first(To);
  return to !== undefined && paramOf(to.params, "tag") !== undefined;
}
