import type { Keyring } from "../keyring/keyring.ts";
import type { Location } from "../location/location.ts";
import { textField } from "../sip/field.ts";
import { type HeaderLine, headerLine } from "../sip/headers.ts";
import type { RegisterPolicy } from "./policy.ts";
import { purrOf } from "./purr.ts";
import type { Arrival } from "./register.ts";
import type { Registration } from "./registration.ts";

const FeatureCaps = textField("Feature-Caps");

/** A device that can wake itself shall register again so many seconds before the end; more than 120 (RFC 8599 §5.6.1.1). */
const PNSREG = 130;
const NONE: readonly HeaderLine[] = [];
const PNSREG_TAG = ";+sip.pnsreg";

/**
 * What we can do for the phones in this REGISTER that sleep: a header line per push service (RFC 8599 §5.4, RFC 6809).
 * Those that gave a token are told that it will be used, and their PURR (§6.2.1); those that only asked, what there is
 * (§5.6.1.2).
 */
export function featureCaps(
  { contacts }: Registration,
  { bindings }: Location,
  { aor, connection, now }: Arrival,
  keyring: Keyring,
  { pushProviders }: RegisterPolicy,
): readonly HeaderLine[] {
  const isHeard = bindings.some(({ connection: at, push }) => at === connection && push !== undefined);
  const isAsked = contacts !== "*" && contacts.some(({ asked }) => asked !== undefined);
  if (!isHeard && !isAsked) return NONE;
  const caps = new Map<string, string>();
  for (const { key, connection: at, push, params } of bindings) {
    if (at !== connection || push === undefined || caps.has(push.provider)) continue;
    const pnsreg = params.toLowerCase().includes(PNSREG_TAG) ? `;+sip.pnsreg="${PNSREG}"` : "";
    caps.set(push.provider, `${pnsreg};+sip.pnspurr="${purrOf(keyring, { aor, key }, now)}"`);
  }
  for (const { asked } of contacts === "*" ? [] : contacts) {
    if (asked === undefined) continue;
    for (const provider of asked === "" ? pushProviders : [asked]) {
      if (!caps.has(provider)) caps.set(provider, "");
    }
  }
  return Array.from(caps, ([provider, more]) => headerLine(FeatureCaps, `*;+sip.pns="${provider}"${more}`));
}
