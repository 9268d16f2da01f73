import { type Aor, aor, aorIn, domainOf, userOf } from "../../../functions/sip/aor.ts";
import { octetsOf, textOf } from "../../../functions/sip/octets.ts";
import { SipSyntaxError } from "../../../functions/sip/syntax-error.ts";
import { BadRequest } from "./administrator.ts";

/** Why a text names no user of ours. */
export type NameProblem = "nobody" | "foreign" | "unreadable" | "too long" | "control";

/** The AoR of a user as people write it: `name`, of the first domain, `name@domain`, or a SIP URI. */
export function readUserName(
  text: string,
  domains: readonly string[],
): Aor | { readonly problem: NameProblem } {
  if (/\p{Cc}/u.test(text)) return { problem: "control" };
  const named = /^sips?:/i.test(text) ? inUri(text) : inName(text, domains);
  if (typeof named !== "string") return named;
  if (!domains.includes(domainOf(named))) return { problem: "foreign" };
  // Only an AoR that comes out of its own URI can ever register.
  return inUri(named) === named ? named : { problem: "too long" };
}

/** As `readUserName`; throws `BadRequest` that says what is wrong. */
export function aorNamed(text: string, domains: readonly string[]): Aor {
  const named = readUserName(text, domains);
  if (typeof named === "string") return named;
  throw new BadRequest(`"${text.replace(/\p{Cc}/gu, "?")}" ${explanation(named.problem, domains)}`);
}

/** What is wrong with a text that should name a user, to be put behind it. */
export function explanation(problem: NameProblem, domains: readonly string[]): string {
  switch (problem) {
    case "nobody":
      return "names nobody";
    case "foreign":
      return `is not of a domain in SIP_DOMAINS (${domains.join(", ")})`;
    case "unreadable":
      return "is no SIP URI that could be read";
    case "too long":
      return "is too long";
    case "control":
      return "has control characters in it";
  }
}

/** `name@domain`, as a person would write it. */
export function userNameOf(named: Aor): string {
  return `${textOf(userOf(named))}@${domainOf(named)}`;
}

function inName(text: string, [first = ""]: readonly string[]): Aor | { readonly problem: NameProblem } {
  const at = text.lastIndexOf("@");
  const name = at < 0 ? text : text.slice(0, at);
  return name === "" ? { problem: "nobody" } : aor(octetsOf(name), at < 0 ? first : text.slice(at + 1));
}

function inUri(text: string): Aor | { readonly problem: NameProblem } {
  try {
    return aorIn(octetsOf(text), "AoR") ?? { problem: "nobody" };
  } catch (error) {
    if (error instanceof SipSyntaxError) return { problem: "unreadable" };
    throw error;
  }
}
