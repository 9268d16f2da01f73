import { isUtf8 } from "node:buffer";
import { callIdIn } from "../../infra/edge/call-id.ts";
import { token } from "../support/token.ts";
import type { WireMessage } from "../support/wire-message.ts";
import { WirePhone } from "../support/wire-phone.ts";

/**
 * What a stranger hears who sends this as one frame over a connection of their own: as text if it is UTF-8, else as binary
 * (RFC 7118 §4.2). The connection must still be good for an OPTIONS, and nothing comes behind that: it has the Call-ID
 * of the message, and one Call-ID is dealt with in order.
 */
export async function heardOf(port: number, message: string): Promise<readonly WireMessage[]> {
  const phone = await WirePhone.connect(port, "stranger");
  phone.say(message, { binary: !isUtf8(Buffer.from(message, "latin1")) });
  const branch = `z9hG4bK${token()}`;
  phone.say(
    [
      "OPTIONS sip:example.com SIP/2.0",
      `Via: SIP/2.0/WS still-there.invalid;branch=${branch}`,
      "From: <sip:stranger@example.com>;tag=1",
      "To: <sip:example.com>",
      `Call-ID: ${callIdIn(message) || "none"}`,
      "CSeq: 1 OPTIONS",
      "\r\n",
    ].join("\r\n"),
  );
  const echo = await phone.hear("an answer to its OPTIONS", ({ one }) => one("Via").includes(branch));
  if (echo.status !== 200) throw new Error(`the OPTIONS behind it got ${echo.startLine}`);
  return phone.unasked;
}
