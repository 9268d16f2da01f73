import { Require, Unsupported } from "../sip/fields.ts";
import { headerLine } from "../sip/headers.ts";
import type { SipRequest } from "../sip/message.ts";
import { reasonPhrase } from "../sip/reason-phrase.ts";
import { Refusal } from "../sip/refusal.ts";

/** What a REGISTER may require of us: RFC 3327, RFC 5626, RFC 5627, RFC 3840. */
const UNDERSTOOD: ReadonlySet<string> = new Set(["path", "outbound", "gruu", "pref"]);

/** Refuses a REGISTER that requires what we do not understand, and says what that is (RFC 3261 §10.3 step 2: 420). */
export function checkExtensions({ headers }: SipRequest): void {
  const [first, ...others] = headers.all(Require).filter((tag) => !UNDERSTOOD.has(tag.toLowerCase()));
  if (first === undefined) return;
  throw new Refusal(420, reasonPhrase(420), [headerLine(Unsupported, first, ...others)]);
}
