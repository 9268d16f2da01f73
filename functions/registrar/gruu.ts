import type { Keyring } from "../keyring/keyring.ts";
import { deviceOf, instanceOf } from "../location/device.ts";
import type { Binding } from "../location/location.ts";
import { type Aor, aorOf, domainOf } from "../sip/aor.ts";
import { URI_PARAM } from "../sip/chars.ts";
import type { Octets } from "../sip/octets.ts";
import { paramOf } from "../sip/params.ts";
import { type SipUri, unescaped } from "../sip/uri.ts";
import { padded } from "./padded.ts";

/** Whom a GRUU names: one device of an AoR (RFC 5627 §5.4). */
export interface Gruu {
  readonly aor: Aor;
  /** The instance id, without brackets. */
  readonly instance: string;
  /** Of a temporary GRUU: the registration that it was made for, and ends with. */
  readonly since: number | undefined;
}

const TEMPORARY = "tgruu.";
const HEX = "0123456789ABCDEF";

/** The public GRUU of a device: the AoR and the instance id (RFC 5627 §5.4, Appendix A.1). */
export function publicGruu(aor: Aor, instance: string): Octets {
  return `${aor};gr=${escaped(instance)}`;
}

/**
 * A temporary GRUU of a device, made for its binding that registered last; another one with every REGISTER: a sealed name that tells nobody whose it is, or that two
 * of them are one device's (§5.1). It needs no memory: it holds as long as the registration that it names.
 */
export function temporaryGruu(
  keyring: Keyring,
  aor: Aor,
  instance: string,
  { gruus, cseq }: Binding,
): Octets {
  const domain = domainOf(aor);
  const token = keyring.seal("gruu", padded(aor, instance, gruus.since, cseq), domain);
  return `sip:${TEMPORARY}${token}@${domain};gr`;
}

/** The binding of this one's device that was registered last: the device's temporary GRUU is made for it (§5.2). */
export function newestOf(bindings: readonly Binding[], { key }: Binding): Binding {
  return bindings
    .filter((binding) => deviceOf(binding.key) === deviceOf(key))
    .reduce((newest, binding) => (binding.refreshedAt > newest.refreshedAt ? binding : newest));
}

/** Whom a GRUU of ours names; undefined for a URI that is none. A `gr` that we did not make names nobody: "invalid". */
export function gruuIn(keyring: Keyring, uri: SipUri): Gruu | "invalid" | undefined {
  const gr = paramOf(uri.params, "gr");
  if (gr === undefined) return undefined;
  if (gr !== "") {
    const aor = aorOf(uri);
    return aor === undefined ? "invalid" : { aor, instance: unescaped(gr), since: undefined };
  }
  const token = (uri.user ?? "").slice(TEMPORARY.length);
  const text = keyring.open("gruu", token, uri.host.toLowerCase());
  if (text === undefined || !uri.user?.startsWith(TEMPORARY)) return "invalid";
  const [aor = "", instance = "", since = ""] = text.split("\n");
  return { aor: aor as Aor, instance, since: Number(since) };
}

/**
 * The flows of the device that a GRUU names. None and "dead": a temporary GRUU whose registration has ended (404, §5.3). A
 * public one holds for ever: nobody there is 480.
 */
export function flowsOf(
  { instance, since }: Gruu,
  bindings: readonly Binding[],
): readonly Binding[] | "dead" {
  const own = bindings.filter(({ key }) => instanceOf(key) === instance);
  if (since === undefined) return own;
  return own.some(({ gruus }) => gruus.since === since) ? own : "dead";
}

function escaped(text: string): Octets {
  let plain = 0;
  while (plain < text.length && URI_PARAM[text.charCodeAt(plain)] === 1) plain++;
  if (plain === text.length) return text;
  let result = "";
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    result += URI_PARAM[code] === 1 ? text.charAt(at) : `%${HEX.charAt(code >> 4)}${HEX.charAt(code & 15)}`;
  }
  return result;
}
