/**
 * A SIP message, or a part of one, as a string with one character per octet (U+0000 to U+00FF).
 *
 * SIP is bytes: headers are UTF-8, a body may be anything, and a proxy must hand on what it does not
 * understand unchanged (RFC 3261 §7, §16.6). Held this way a message is byte-exact, binary bodies included;
 * `length` is the Content-Length; and no Unicode rule (case folding of "K", line separators, lone surrogates)
 * can make two parties read two different messages. `textOf` gives what a person would read.
 */
export type Octets = string;

/** The UTF-8 octets of a text. Text that is pure ASCII is its own octets. */
export function octetsOf(text: string): Octets {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString("latin1");
}

/** The text that these octets spell in UTF-8; octets that are no UTF-8 become U+FFFD. */
export function textOf(octets: Octets): string {
  return Buffer.from(octets, "latin1").toString();
}

/** The octets as bytes, for a socket. */
export function bytesOf(octets: Octets): Buffer {
  return Buffer.from(octets, "latin1");
}

/** Bytes from a socket as octets. */
export function octetsOfBytes(bytes: Buffer): Octets {
  return bytes.toString("latin1");
}

/** The octets without SP and HTAB at their ends; `trim()` would also cut octet 0xA0, the end of many a letter. */
export function trimmed(octets: Octets): Octets {
  let start = 0;
  let end = octets.length;
  while (start < end && isBlank(octets.charCodeAt(start))) start++;
  while (end > start && isBlank(octets.charCodeAt(end - 1))) end--;
  return start === 0 && end === octets.length ? octets : octets.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}
