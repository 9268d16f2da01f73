import { type Aor, aor, aorIn, domainOf } from "../sip/aor.ts";
import { octetsOf } from "../sip/octets.ts";
import { SipSyntaxError } from "../sip/syntax-error.ts";

const SIP_URI = /^sips?:/i;

/**
 * The user that a claim names: a SIP URI, or `user@domain`, of our domains, or a bare name of the first one. Undefined for
 * anything else, an address of another domain among it: `alice@elsewhere` is nobody of ours, whatever she is there.
 */
export function claimedAor(claim: unknown, domains: readonly [string, ...string[]]): Aor | undefined {
  if (typeof claim !== "string" || claim === "") return undefined;
  const named = namedBy(octetsOf(claim), domains[0]);
  return named !== undefined && domains.includes(domainOf(named)) ? named : undefined;
}

function namedBy(text: string, domain: string): Aor | undefined {
  const at = text.lastIndexOf("@");
  if (at === 0) return undefined;
  try {
    if (SIP_URI.test(text)) return aorIn(text, "claim");
    // Read again, as all addresses are: what cannot be one is none.
    return aorIn(at < 0 ? aor(text, domain) : aor(text.slice(0, at), text.slice(at + 1)), "claim");
  } catch (error) {
    if (error instanceof SipSyntaxError) return undefined;
    throw error;
  }
}
