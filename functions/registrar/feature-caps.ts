import type { Keyring } from "../keyring/keyring.ts";
import type { Location } from "../location/location.ts";
import { textField } from "../sip/field.ts";
import { type HeaderLine, headerLine } from "../sip/headers.ts";
import type { Arrival } from "./arrival.ts";
import { PNSREG, wakesItself } from "./pnsreg.ts";
import type { RegisterPolicy } from "./policy.ts";
import { purrOf } from "./purr.ts";
import type { Registration } from "./registration.ts";
import { WEB_PUSH } from "./web-push-target.ts";

const FeatureCaps = textField("Feature-Caps");

const NONE: readonly HeaderLine[] = [];

/**
 * What we can do for the phones in this REGISTER that sleep: a header line per push service (RFC 8599 §5.4, RFC 6809).
 * Those that gave a token are told that it will be used, and their PURR (§6.2.1); those that only asked, what there is
 * (§5.6.1.2). Browsers are told what to subscribe with (§8.3).
 */
export function featureCaps(
  { contacts }: Registration,
  { bindings }: Location,
  { aor, now }: Arrival,
  keyring: Keyring,
  { pushProviders, vapidKey }: RegisterPolicy,
): readonly HeaderLine[] {
  if (contacts === "*" || !contacts.some(({ push, asked }) => push !== undefined || asked !== undefined)) {
    return NONE;
  }
  const caps = new Map<string, string>();
  for (const { key, params } of contacts) {
    const push = bindings.find((binding) => binding.key === key)?.push;
    if (push === undefined || caps.has(push.provider)) continue;
    const pnsreg = wakesItself(params) ? `;+sip.pnsreg="${PNSREG}"` : "";
    caps.set(push.provider, `${pnsreg};+sip.pnspurr="${purrOf(keyring, { aor, key }, now)}"`);
  }
  for (const { asked } of contacts) {
    if (asked === undefined) continue;
    for (const provider of pushProviders) {
      if ((asked === "" || asked === provider) && !caps.has(provider)) caps.set(provider, "");
    }
  }
  const vapid = vapidKey === undefined ? "" : `;+sip.vapid="${vapidKey}"`;
  return Array.from(caps, ([provider, more]) =>
    headerLine(FeatureCaps, `*;+sip.pns="${provider}"${provider === WEB_PUSH ? vapid : ""}${more}`),
  );
}
