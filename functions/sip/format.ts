import type { SipMessage } from "./message.ts";
import type { Octets } from "./octets.ts";

/** The message as it goes on the wire. Lines that nobody touched leave as they came. */
export function format(message: SipMessage): Octets {
  let text =
    message.kind === "request"
      ? `${message.method} ${message.uri} SIP/2.0\r\n`
      : `SIP/2.0 ${message.status} ${message.reason}\r\n`;
  for (const line of message.headers.lines) text += `${line.text}\r\n`;
  return `${text}\r\n${message.body}`;
}
