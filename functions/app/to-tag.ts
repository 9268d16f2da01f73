import { TOKEN } from "../sip/chars.ts";
import { CallId, Via } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { paramOf } from "../sip/params.ts";
import type { App } from "./app.ts";

const MAX_TAG = 24;

/**
 * The tag that our own responses to a request put into its To: the same for every response to it, for its repetition
 * and for its CANCEL, whichever function answers (RFC 3261 §8.2.6.2, §9.2). They share the topmost Via's branch, which
 * is unique to the transaction (§8.1.1.7), so the end of that will do.
 */
export function toTagOf({ keyring }: App, { headers }: SipRequest): Octets {
  const via = headers.first(Via);
  const branch = (via && paramOf(via.params, "branch")) ?? "";
  const tag = branch.slice(-MAX_TAG);
  return isToken(tag) ? tag : keyring.mac("to-tag", branch, headers.first(CallId) ?? "");
}

function isToken(text: Octets): boolean {
  for (let i = 0; i < text.length; i++) if (TOKEN[text.charCodeAt(i)] !== 1) return false;
  return text !== "";
}
