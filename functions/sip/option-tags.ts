import { Unsupported } from "./fields.ts";
import { headerLine } from "./headers.ts";
import type { Octets } from "./octets.ts";
import { reasonPhrase } from "./reason-phrase.ts";
import { Refusal } from "./refusal.ts";

/**
 * Refuses (420) option tags that are not among the understood ones, which are in lower case, and says which those are
 * (RFC 3261 §8.2.2.3, §16.3 step 5).
 */
export function refuseUnknown(tags: readonly Octets[], understood: ReadonlySet<string>): void {
  const [first, ...others] = tags.filter((tag) => !understood.has(tag.toLowerCase()));
  if (first === undefined) return;
  throw new Refusal(420, reasonPhrase(420), [headerLine(Unsupported, first, ...others)]);
}
