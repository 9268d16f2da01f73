import { type Aor, domainOf } from "../sip/aor.ts";
import type { Octets } from "../sip/octets.ts";
import { Refusal } from "../sip/refusal.ts";

/** What a user may begin. Who has none of these is not restricted at all. */
export interface Rights {
  /** Calls, and all else that reaches a device and is no MESSAGE. */
  readonly calls: boolean;
  readonly messages: boolean;
  /** The domains of ours whose users he may reach, in lower case; undefined for all. */
  readonly domains: readonly Octets[] | undefined;
}

const CALLS = "calls";
const MESSAGES = "messages";
const DOMAIN = "domain:";

/**
 * The rights that words give, as tokens and the administrator say them: `calls`, `messages`, and `domain:example.com` for each domain that may
 * be reached, all if none is named. What is not said is not given; other words say nothing (a scope has some of its own).
 */
export function rightsOf(words: readonly string[]): Rights {
  const domains = words
    .filter((word) => word.startsWith(DOMAIN))
    .map((word) => word.slice(DOMAIN.length).toLowerCase())
    .sort();
  return {
    calls: words.includes(CALLS),
    messages: words.includes(MESSAGES),
    domains: domains.length === 0 ? undefined : [...new Set(domains)],
  };
}

/** The words that give these rights, always the same for the same; none for somebody who may begin nothing. */
export function wordsOf({ calls, messages, domains = [] }: Rights): readonly string[] {
  const words = domains.map((domain) => `${DOMAIN}${domain}`);
  if (messages) words.unshift(MESSAGES);
  if (calls) words.unshift(CALLS);
  return words;
}

/** Whether two are the same; undefined is whoever is not restricted. */
export function sameRights(one: Rights | undefined, other: Rights | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return wordsOf(one).join(" ") === wordsOf(other).join(" ");
}

/**
 * Refuses (403) a request outside of dialogs that its sender has no right to send to this user, in words that say which right is
 * missing. Nobody needs one to register, to watch his own registrations, or to be called; what belongs to a dialog was allowed with it.
 */
export function checkRights(rights: Rights | undefined, method: Octets, callee: Aor): void {
  if (rights === undefined) return;
  if (method === "MESSAGE" && !rights.messages) throw new Refusal(403, "No Right To Send Messages");
  if (method !== "MESSAGE" && !rights.calls) throw new Refusal(403, "No Right To Call");
  const domain = domainOf(callee);
  if (rights.domains?.includes(domain) === false) throw new Refusal(403, `No Right To Reach ${domain}`);
}
