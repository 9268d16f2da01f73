import { textField } from "../sip/field.ts";
import { CallId, ContentLength, CSeq, From, MaxForwards, Reason, Route, To, Via } from "../sip/fields.ts";
import { type HeaderLine, Headers, headerLine } from "../sip/headers.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { requestUri } from "../sip/request-uri.ts";
import { type NextHop, pathLines } from "./next-hop.ts";

const MAX_FORWARDS = 70;
const ToAsGiven = textField("To");

/** The CANCEL of an INVITE that went out over this hop to this URI (RFC 3261 §9.1). */
export function cancelOf(invite: SipRequest, hop: NextHop, reason: Octets): SipRequest {
  const [to] = invite.headers.pick(To).lines;
  return hopRequest("CANCEL", invite, hop, to, [headerLine(Reason, reason)]);
}

/** The ACK of a failure that an INVITE got over this hop; its To is the response's (RFC 3261 §17.1.1.3). */
export function ackOf(invite: SipRequest, hop: NextHop, to: Octets): SipRequest {
  return hopRequest("ACK", invite, hop, headerLine(ToAsGiven, to), []);
}

function hopRequest(
  method: "CANCEL" | "ACK",
  invite: SipRequest,
  { uri, path, via }: NextHop,
  to: HeaderLine | undefined,
  more: readonly HeaderLine[],
): SipRequest {
  const number = invite.headers.first(CSeq)?.number ?? 0;
  const lines = [
    headerLine(Via, via),
    headerLine(MaxForwards, MAX_FORWARDS),
    ...pathLines(path),
    ...invite.headers.pick(Route, From, CallId).lines,
    ...(to === undefined ? [] : [to]),
    headerLine(CSeq, { number, method }),
    ...more,
    headerLine(ContentLength, 0),
  ];
  return { kind: "request", method, uri: requestUri(uri), headers: new Headers(lines), body: "" };
}
