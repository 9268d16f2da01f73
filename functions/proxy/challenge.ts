import { ProxyAuthenticate, WwwAuthenticate } from "../sip/fields.ts";
import { format } from "../sip/format.ts";
import { Headers } from "../sip/headers.ts";
import type { Octets } from "../sip/octets.ts";
import { parse } from "../sip/parse.ts";

/** How many challenges a fork remembers: more than its devices send, and not without end. */
const MAX_CHALLENGES = 32;

/** The header lines by which a response challenges its caller, if it is one that does. */
export function challengesIn(status: number, headers: Headers): readonly Octets[] {
  if (status !== 401 && status !== 407) return [];
  return headers.pick(WwwAuthenticate, ProxyAuthenticate).lines.map(({ text }) => text);
}

/** With more challenges, none twice. */
export function withChallenges(known: readonly Octets[], added: readonly Octets[]): readonly Octets[] {
  return added.length === 0 ? known : [...new Set([...known, ...added])].slice(0, MAX_CHALLENGES);
}

/**
 * A 401 or 407 with the challenges of all branches in place of its own, which is among them, so that the caller can answer
 * every device at once (RFC 3261 §16.7 step 7).
 */
export function challenging(octets: Octets, challenges: readonly Octets[]): Octets {
  if (challenges.length === 0) return octets;
  const response = parse(octets);
  const own = response.headers.pick(WwwAuthenticate, ProxyAuthenticate).lines;
  const others = challenges.filter((text) => !own.some((line) => line.text === text));
  if (others.length === 0) return octets;
  const lines = parse(`SIP/2.0 401 .\r\n${others.join("\r\n")}\r\n\r\n`).headers.lines;
  return format({ ...response, headers: new Headers([...response.headers.lines, ...lines]) });
}
