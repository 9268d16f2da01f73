import type { Keyring } from "../keyring/keyring.ts";
import type { ForkId } from "../location/ids.ts";
import { CallId, CSeq, From, Via } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import { paramOf } from "../sip/params.ts";

/**
 * The fork that a request belongs to, derived from what makes it one transaction (RFC 3261 §17.2.3): its repetition,
 * its CANCEL and its ACK derive the same. Keyed, so that nobody can name a fork that is not theirs.
 */
export function forkIdOf(keyring: Keyring, { method, headers }: SipRequest): ForkId {
  const via = headers.first(Via);
  const from = headers.first(From);
  return keyring.mac(
    "fork",
    method === "CANCEL" || method === "ACK" ? "INVITE" : method,
    (via && paramOf(via.params, "branch")) ?? "",
    via?.sentBy ?? "",
    headers.first(CallId) ?? "",
    String(headers.first(CSeq)?.number),
    (from && paramOf(from.params, "tag")) ?? "",
  ) as ForkId;
}
