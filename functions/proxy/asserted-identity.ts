import type { Aor } from "../sip/aor.ts";
import { textField } from "../sip/field.ts";
import { type HeaderLine, Headers } from "../sip/headers.ts";
import type { SipMessage } from "../sip/message.ts";

/** Who calls, as somebody who is trusted says (RFC 3325 §9.1). */
const AssertedIdentity = textField("P-Asserted-Identity");
/** What the caller wishes to hide, separated by ";" (RFC 3323 §4.2). */
const Privacy = textField("Privacy");

/** What phones and PBXs take for the word of their server. */
const CLAIMS: ReadonlySet<string> = new Set(
  [AssertedIdentity, textField("P-Preferred-Identity"), textField("Remote-Party-ID")].map(({ key }) => key),
);

/** Nobody hears who calls, not even from us (RFC 3325 §7, RFC 3323 §4.2). */
const HIDING: ReadonlySet<string> = new Set(["id", "user"]);

/** The message without what a client says of who it is, apart from From: that is ours to say (RFC 3325 §5). */
export function withoutClaims<Message extends SipMessage>(message: Message): Message {
  const { lines } = message.headers;
  if (!lines.some(isClaim)) return message;
  return { ...message, headers: new Headers(lines.filter((line) => !isClaim(line))) };
}

/** With our word for who sends it, unless it is to stay hidden (RFC 3325 §5, §7). Nothing for somebody whom we do not know. */
export function asserting<Message extends SipMessage>(message: Message, aor: Aor | undefined): Message {
  if (aor === undefined || isHidden(message.headers)) return message;
  return { ...message, headers: message.headers.prepend(AssertedIdentity, `<${aor}>`) };
}

function isClaim({ key }: HeaderLine): boolean {
  return CLAIMS.has(key);
}

function isHidden(headers: Headers): boolean {
  return headers
    .all(Privacy)
    .some((value) => value.split(";").some((name) => HIDING.has(name.trim().toLowerCase())));
}
