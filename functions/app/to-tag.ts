import { CallId, CSeq, From } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { paramOf } from "../sip/params.ts";
import type { App } from "./app.ts";

/**
 * The tag that our own responses to a request put into its To: the same for every response to it and to its CANCEL
 * (RFC 3261 §8.2.6.2, §9.2), and for its repetition, whichever function answers.
 */
export function toTagOf({ keyring }: App, { headers }: SipRequest): Octets {
  const from = headers.first(From);
  const tag = (from && paramOf(from.params, "tag")) ?? "";
  return keyring.mac("to-tag", headers.first(CallId) ?? "", tag, String(headers.first(CSeq)?.number));
}
