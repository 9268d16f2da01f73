import type { Keyring } from "../keyring/keyring.ts";
import {
  AcceptContact,
  CallId,
  CSeq,
  Event,
  From,
  RejectContact,
  RequestDisposition,
  Route,
  To,
  Via as ViaField,
} from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import { type Params, paramOf } from "../sip/params.ts";
import { Refusal } from "../sip/refusal.ts";
import type { Via } from "../sip/via.ts";

// The second part of our Via branches, by which a request that comes back to us is told to loop or to spiral
// (RFC 5393 §4.2). A suffix, added and taken away here only.

/** Stands nowhere else in a branch of ours. */
const SEPARATOR = "+";

/** Headers that say which devices a request goes to (RFC 3841), beside its Request-URI and Route. */
const SELECTORS: ReadonlySet<string> = new Set(
  [AcceptContact, RejectContact, RequestDisposition, Event].map(({ key }) => key),
);

/**
 * A keyed hash over all of a request that decides where we send it, and over what tells it from other requests to the same
 * place (§4.2.1). Our own Routes are popped, as in the request that a fork keeps. The method is not in it: a CANCEL and an
 * ACK have their INVITE's branch. Nor are credentials: they let a request in, we take them out of it, and a loop would
 * come back without. Throws `SipSyntaxError`.
 */
export function loopMark(keyring: Keyring, { uri, headers }: SipRequest): string {
  const from = headers.first(From);
  const parts = [
    uri,
    headers.first(CallId) ?? "",
    String(headers.first(CSeq)?.number),
    from?.uri ?? "",
    tagIn(from?.params),
    tagIn(headers.first(To)?.params),
  ];
  for (const line of headers.lines) {
    if (line.key === Route.key) for (const route of line.read(Route)) parts.push(line.key, route.uri);
    else if (SELECTORS.has(line.key)) parts.push(line.key, line.value);
  }
  return keyring.mac("loop", ...parts);
}

/** The branch with the mark of its request behind it. */
export function withLoopMark(branch: string, mark: string): string {
  return `${branch}${SEPARATOR}${mark}`;
}

/** The branch without the mark, if it has one. */
export function withoutLoopMark(branch: string): string {
  const at = branch.lastIndexOf(SEPARATOR);
  return at < 0 ? branch : branch.slice(0, at);
}

/**
 * Refuses (482) a request that has been here just as it is (RFC 5393 §4.2.2): one of its Vias is ours, and its mark is
 * the request's own. One that has changed on its way round is a spiral and goes on. Throws `SipSyntaxError`.
 */
export function checkLoop(keyring: Keyring, request: SipRequest, isOurs: (via: Via) => boolean): void {
  let own: string | undefined;
  for (const via of request.headers.all(ViaField)) {
    if (!isOurs(via)) continue;
    const branch = paramOf(via.params, "branch") ?? "";
    const at = branch.lastIndexOf(SEPARATOR);
    if (at < 0) continue;
    own ??= loopMark(keyring, request);
    if (branch.slice(at + 1) === own) throw new Refusal(482);
  }
}

function tagIn(params: Params | undefined): string {
  return (params && paramOf(params, "tag")) ?? "";
}
