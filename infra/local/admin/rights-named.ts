import { type Rights, rightsOf, wordsOf } from "../../../functions/auth/rights.ts";
import { BadRequest } from "./administrator.ts";

/** The rights that these words give. Throws `BadRequest` for a word that gives none, which may be a slip, and for a domain that is not ours. */
export function rightsNamed(words: readonly string[], domains: readonly string[]): Rights {
  const rights = rightsOf(words);
  const understood = wordsOf(rights);
  const wrong = words.find(
    (word) => !understood.includes(word.startsWith("domain:") ? word.toLowerCase() : word),
  );
  if (wrong !== undefined)
    throw new BadRequest(`"${printed(wrong)}" is no right: calls, messages or domain:NAME`);
  if (words.length > 0 && !rights.calls && !rights.messages)
    throw new BadRequest("a domain alone gives no right: say calls, or messages, too");
  const foreign = rights.domains?.find((domain) => !domains.includes(domain));
  if (foreign === undefined) return rights;
  throw new BadRequest(`"${printed(foreign)}" is not a domain in SIP_DOMAINS (${domains.join(", ")})`);
}

function printed(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}
