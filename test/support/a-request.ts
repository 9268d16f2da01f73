import type { SipRequest, SipResponse } from "../../functions/sip/message.ts";
import { parse } from "../../functions/sip/parse.ts";

/** The request or response of these lines, as it is read from the wire. */
function message(lines: readonly string[], body = ""): SipRequest | SipResponse {
  return parse(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** A request of these lines. */
export function request(lines: readonly string[], body = ""): SipRequest {
  const read = message(lines, body);
  if (read.kind !== "request") throw new Error("not a request");
  return read;
}

/** A response of these lines. */
export function response(lines: readonly string[], body = ""): SipResponse {
  const read = message(lines, body);
  if (read.kind !== "response") throw new Error("not a response");
  return read;
}

/** Alice's INVITE to Bob; further header lines come last. */
export function invite(...more: string[]): SipRequest {
  return request(
    [
      "INVITE sip:bob@example.com SIP/2.0",
      "Via: SIP/2.0/WSS alice.invalid;branch=z9hG4bKalice",
      "Max-Forwards: 70",
      "To: <sip:bob@example.com>",
      'From: "Alice" <sip:alice@example.com>;tag=a1',
      "Call-ID: call-1",
      "CSeq: 7 INVITE",
      ...more,
    ],
    "v=0\r\n",
  );
}

/** The header lines, as they would go on the wire. */
export function linesOf({ headers }: SipRequest | SipResponse): readonly string[] {
  return headers.lines.map(({ text }) => text);
}
