import { formatAddress, readAddress } from "../sip/address.ts";
import { type Aor, aorIn } from "../sip/aor.ts";
import { listField, textField } from "../sip/field.ts";
import { type HeaderLine, Headers } from "../sip/headers.ts";
import type { SipMessage } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { SipSyntaxError } from "../sip/syntax-error.ts";
import { isAnonymous } from "./anonymous.ts";

/** Who calls, as somebody who is trusted says (RFC 3325 §9.1). */
const AssertedIdentity = textField("P-Asserted-Identity");
/** As above, of two at most: a `sip` and a `tel` one (RFC 3325 §9.1). */
const AssertedIdentities = listField("P-Asserted-Identity", readAddress, formatAddress);
/** Who sends it, of several that its client may be: a hint for us, and for nobody behind us (RFC 3325 §9.2). */
const PreferredIdentity = listField("P-Preferred-Identity", readAddress, formatAddress);
/** What the caller wishes to hide, separated by ";" (RFC 3323 §4.2). */
const Privacy = textField("Privacy");

/** What phones and PBXs take for the word of their server. */
const CLAIMS: ReadonlySet<string> = new Set(
  [AssertedIdentity, PreferredIdentity, textField("Remote-Party-ID")].map(({ key }) => key),
);

/** Nobody hears who calls, not even from us (RFC 3325 §7, RFC 3323 §4.2). */
const HIDING: ReadonlySet<string> = new Set(["id", "user"]);
/** The caller hides nothing, whatever From says (RFC 3323 §4.2). */
const OPEN = "none";

/** The user that a client says it is, whatever From says; undefined if it says nothing that could be read: it is only a hint. */
export function preferredIdentity({ headers }: SipMessage): Aor | undefined {
  if (!headers.has(PreferredIdentity)) return undefined;
  try {
    for (const { uri } of headers.all(PreferredIdentity)) {
      const named = aorIn(uri, PreferredIdentity.name);
      if (named !== undefined) return named;
    }
  } catch (error) {
    if (!(error instanceof SipSyntaxError)) throw error;
  }
  return undefined;
}

/** Who calls, as a message says, as URIs; none if that cannot be read. To be believed of a trusted peer only. */
export function assertedIdentities({ headers }: SipMessage): readonly Octets[] {
  if (!headers.has(AssertedIdentities)) return [];
  try {
    return headers.all(AssertedIdentities).map(({ uri }) => uri);
  } catch (error) {
    if (!(error instanceof SipSyntaxError)) throw error;
    return [];
  }
}

/** The message without what a client says of who it is, apart from From: that is ours to say (RFC 3325 §5). */
export function withoutClaims<Message extends SipMessage>(message: Message): Message {
  const { lines } = message.headers;
  if (!lines.some(isClaim)) return message;
  return { ...message, headers: new Headers(lines.filter((line) => !isClaim(line))) };
}

/**
 * With our word for who sends it, unless that is to stay hidden: our users' phones are outside of any Trust Domain, and to say it to one is to tell
 * (RFC 3325 §5, §7). Nothing for somebody whom we do not know.
 */
export function asserting<Message extends SipMessage>(message: Message, uri: Octets | undefined): Message {
  if (uri === undefined || isHidden(message.headers)) return message;
  return { ...message, headers: message.headers.prepend(AssertedIdentity, `<${uri}>`) };
}

function isClaim({ key }: HeaderLine): boolean {
  return CLAIMS.has(key);
}

function isHidden(headers: Headers): boolean {
  let isOpen = false;
  for (const value of headers.all(Privacy)) {
    for (const wish of value.split(";")) {
      const name = wish.trim().toLowerCase();
      if (HIDING.has(name)) return true;
      isOpen ||= name === OPEN;
    }
  }
  return !isOpen && isAnonymous(headers);
}
