import type { Octets } from "../sip/octets.ts";
import { type Dialled, numberIn } from "./dialled.ts";
import type { Trunk } from "./trunk.ts";

/** Which calls a trunk takes. */
interface DialPattern {
  /** What is dialled, or what it begins with. */
  readonly user: Octets;
  readonly isPrefix: boolean;
  /** In lower case; undefined for any of ours, and for `tel:`. */
  readonly domain: Octets | undefined;
}

export interface DialRule extends DialPattern {
  readonly trunk: Trunk;
}

const PATTERN = /^([^@\s]*)(?:@([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?))?$/i;

/**
 * A rule as people write it: `110` for just that, `+49*` for all that begins so, `*@pstn.example.com` for all at that domain. Undefined for what
 * is none. A star that is not the last is one that is dialled.
 */
export function dialPattern(text: Octets): DialPattern | undefined {
  const [, user = "", domain] = PATTERN.exec(text) ?? [];
  if (user === "") return undefined;
  const isPrefix = user.endsWith("*");
  const start = isPrefix ? user.slice(0, -1) : user;
  return { user: numberIn(start) ?? start, isPrefix, domain: domain?.toLowerCase() };
}

/** The one that says more comes first: more of what is dialled, then all of it, then the domain. */
export function byLength(one: DialPattern, other: DialPattern): number {
  return weightOf(other) - weightOf(one);
}

function weightOf({ user, isPrefix, domain }: DialPattern): number {
  return 4 * user.length + (isPrefix ? 0 : 2) + (domain === undefined ? 0 : 1);
}

/** The first rule that a call is for. `isOurs` is whether its domain is, or it has none. */
export function ruleFor(
  rules: readonly DialRule[],
  { user, domain }: Dialled,
  isOurs: boolean,
): DialRule | undefined {
  return rules.find((rule) => {
    if (rule.domain === undefined ? !isOurs : rule.domain !== domain) return false;
    return rule.isPrefix ? user.startsWith(rule.user) : user === rule.user;
  });
}
