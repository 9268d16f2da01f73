import type { Octets } from "../sip/octets.ts";
import type { Params } from "../sip/params.ts";
import { unquoted } from "../sip/scanner.ts";
import { SipSyntaxError } from "../sip/syntax-error.ts";
import { type FeatureValues, meet, readFeatureValues, registeredValues } from "./feature-values.ts";

/** What a caller asks of a device: the values of each feature, all of which must hold. */
export type WantedFeatures = ReadonlyMap<FeatureTag, FeatureValues>;

/** What a device can do: each feature's value as spelled, undefined for a flag. Few of them are ever asked about. */
export type RegisteredFeatures = ReadonlyMap<FeatureTag, Octets | undefined>;

/** A feature's name, as in `sip.video`, in lower case; "!" and "'" stand for ":" and "/", as in the parameter. */
type FeatureTag = string;

const SIP_TAGS = (
  "actor application audio automata class control data description duplex events extensions isfocus methods " +
  "mobility priority schemes text video"
).split(" ");

/** The parameters that are features without a "+" before them, and the features that they are (RFC 3841 §8). */
const BASE_TAGS: ReadonlyMap<string, FeatureTag> = new Map([
  ...SIP_TAGS.map((name) => [name, `sip.${name}`] as const),
  ["language", "language"],
  ["type", "type"],
]);

const PLUS = "+";

/**
 * The features that a device registered among the parameters of its Contact (RFC 3841 §7.2.3); of two parameters for
 * one feature the first counts. Never refuses: what cannot be read is a value that nobody asks for.
 */
export function registeredFeatures(params: Params): RegisteredFeatures {
  const features = new Map<FeatureTag, Octets | undefined>();
  for (const [name, value] of params) {
    const tag = BASE_TAGS.get(name.toLowerCase());
    if (tag !== undefined && !features.has(tag)) features.set(tag, value);
  }
  for (const [name, value] of params) {
    if (!name.startsWith(PLUS)) continue;
    const tag = name.slice(1).toLowerCase();
    // `+video` beside `video` says nothing (§7.2.3 step 3), and `+sip.video` is just another name for it.
    if (features.has(tag) || features.has(BASE_TAGS.get(tag) ?? tag)) continue;
    features.set(tag, value);
  }
  return features;
}

/**
 * The features among the parameters of an Accept-Contact or a Reject-Contact (RFC 3841 §7.2.1). Throws `SipSyntaxError`
 * that names the header and the parameter.
 */
export function wantedFeatures(params: Params, header: string): WantedFeatures {
  const features = new Map<FeatureTag, FeatureValues>();
  for (const [name, value] of params) {
    const tag = featureTag(name.toLowerCase());
    if (tag === undefined) continue;
    const part = `${header} ${name}`;
    if (features.has(tag)) throw new SipSyntaxError(part, 0, "a feature that was named before");
    features.set(tag, readFeatureValues(plain(value), part));
  }
  return features;
}

/**
 * Whether a device may be what is wanted: no feature that it registered forbids it. Of what it did not register nothing
 * is known, which forbids nothing (RFC 3841 §7.2.4).
 */
export function matches(registered: RegisteredFeatures, wanted: WantedFeatures): boolean {
  for (const [tag, values] of wanted) {
    if (registered.has(tag) && !meet(registeredValues(plain(registered.get(tag))), values)) return false;
  }
  return true;
}

/** How much of what is wanted the device says anything about, from 0 to 1 (RFC 3841 §7.2.4). */
export function explicitness(registered: RegisteredFeatures, wanted: WantedFeatures): number {
  let known = 0;
  for (const tag of wanted.keys()) if (registered.has(tag)) known++;
  // Where nothing is wanted nothing is left unsaid.
  return wanted.size === 0 ? 1 : known / wanted.size;
}

function featureTag(name: Octets): FeatureTag | undefined {
  return name.startsWith(PLUS) ? name.slice(1) : BASE_TAGS.get(name);
}

function plain(value: Octets | undefined): Octets | undefined {
  return value === undefined ? undefined : unquoted(value);
}
