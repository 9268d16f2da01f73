import { ContentType } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";

/** Of this moment, or about another message: nobody wants to read either a day later (RFC 3994, RFC 5438). */
const PASSING: readonly string[] = ["application/im-iscomposing+xml", "message/imdn+xml"];

/** Wraps another type, and headers of its own (RFC 3862). */
const WRAPPING = "message/cpim";

/**
 * Whether a request is worth keeping for somebody who is not there: a MESSAGE with something in it (RFC 3428 §3) that is
 * neither a composing notice nor a delivery report, also in a CPIM wrapper.
 */
export function isStorable({ method, headers, body }: SipRequest): boolean {
  if (method !== "MESSAGE" || body === "") return false;
  const type = mediaTypeIn(headers.first(ContentType) ?? "");
  return !PASSING.includes(type === WRAPPING ? wrappedType(body) : type);
}

/** The type and subtype, in lower case, without parameters. */
function mediaTypeIn(value: Octets): string {
  return value.split(";", 1).join("").trim().toLowerCase();
}

/** The type of what is wrapped: message headers, an empty line, MIME headers, an empty line, content (RFC 3862 §2). */
function wrappedType(body: Octets): string {
  const [, mimeHeaders = ""] = body.split(/\r?\n\r?\n/, 2);
  for (const line of mimeHeaders.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (line.slice(0, colon).trim().toLowerCase() === "content-type")
      return mediaTypeIn(line.slice(colon + 1));
  }
  return "";
}
