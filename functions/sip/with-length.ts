import { ContentLength } from "./fields.ts";
import type { SipMessage } from "./message.ts";

/**
 * The message with the length of its body in Content-Length, if it has none: it need not over WebSocket, and must where it
 * goes on over a stream (RFC 3261 §18.3).
 */
export function withLength<Message extends SipMessage>(message: Message): Message {
  const { headers, body } = message;
  if (headers.has(ContentLength)) return message;
  return { ...message, headers: headers.append(ContentLength, body.length) };
}
