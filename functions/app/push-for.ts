import type { PushTarget } from "../location/location.ts";
import type { Fork } from "../proxy/fork.ts";
import { isWithinDialog } from "../proxy/within-dialog.ts";
import { mustRing } from "../push/destination.ts";
import type { PhonePush } from "../push/phone-push.ts";
import { CallId, From } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import { textOf } from "../sip/octets.ts";
import { unquoted } from "../sip/scanner.ts";

/** Which push a fork's request is to a device that it waits for until `expiresAt`, in ms since 1970: only a call rings. */
export function pushFor({ callee }: Fork, request: SipRequest, expiresAt: number): PhonePush {
  const { method, headers } = request;
  const callId = textOf(headers.first(CallId) ?? "");
  const to = textOf(callee);
  if (!isCall(request)) return { kind: "dialog", method: textOf(method), callId, to, expiresAt };
  const from = headers.first(From);
  const name = textOf(unquoted(from?.display ?? ""));
  return { kind: "call", callId, from: textOf(from?.uri ?? ""), name, to, expiresAt };
}

/** Whether a device that is pushed for this request must be shown a call, wanted or not (iOS: PushKit). */
export function mustRingFor(request: SipRequest, push: PushTarget | undefined): boolean {
  return isCall(request) && mustRing(push);
}

/** Whether a request begins a call, for which a phone is rung. */
export function isCall(request: SipRequest): boolean {
  return request.method === "INVITE" && !isWithinDialog(request);
}
