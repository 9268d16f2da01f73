import { From } from "../sip/fields.ts";
import type { Headers } from "../sip/headers.ts";

/** `sip:anonymous@anonymous.invalid`, and whoever else may be there: the name is reserved (RFC 2606 §2). */
const ANONYMOUS_URI = /^sips?:(?:[^@]*@)?anonymous\.invalid(?:[:;?]|$)/i;

/** Whether From names nobody, as the caller wishes (RFC 3323 §4.1.1.3). Throws `SipSyntaxError`. */
export function isAnonymous(headers: Headers): boolean {
  const from = headers.first(From);
  return from !== undefined && ANONYMOUS_URI.test(from.uri);
}
