import type { SipPhone } from "./sip-phone.ts";
import { token } from "./token.ts";
import { type WireMessage, wireMessage } from "./wire-message.ts";

// What stories of trunks have in common: a PBX speaks for others, and phones call what is no user.

/** Who calls whom, in full, and how it is proved. */
interface TrunkCall {
  /** From, as an address or a URI. */
  readonly from: string;
  readonly uri: string;
  /** Further header lines. */
  readonly lines?: readonly string[];
  readonly method?: string;
}

/** The lines of a request that somebody sends in anybody's name. */
export function linesOf(phone: SipPhone, { from, uri, lines = [], method = "INVITE" }: TrunkCall): string[] {
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: ${phone.hop};branch=z9hG4bK${token()}`,
    "Max-Forwards: 70",
    `From: <${from}>;tag=${token()}`,
    `To: <${uri}>`,
    `Call-ID: ${token()}`,
    `CSeq: 1 ${method}`,
    `Contact: <${phone.contactUri()}>`,
    ...lines,
    "Content-Length: 0",
  ];
}

/** Begins a call, and answers the INVITE as sent. */
export function call(phone: SipPhone, asked: TrunkCall): WireMessage {
  const text = `${linesOf(phone, asked).join("\r\n")}\r\n\r\n`;
  phone.say(text);
  return wireMessage(text);
}
