import { fingerprint } from "../keyring/fingerprint.ts";
import { bindingOf, type Location, type PushTarget } from "../location/location.ts";
import { ABSENT, type TokenOwner } from "../ports.ts";
import { deviceTokens } from "../push/device-tokens.ts";
import type { Aor } from "../sip/aor.ts";
import type { Octets } from "../sip/octets.ts";
import type { App } from "./app.ts";
import { dropToken, type Tell } from "./drop-token.ts";

/** How long it is remembered whose a token is, in ms: longer than phones keep one. */
const MEMORY = 400 * 86_400_000;
/** More users than one phone has in a while. */
const MAX_FORMERS = 8;
/** A swap that is stale this often in a row means something is wrong, not busy. */
const ATTEMPTS = 64;

/** The push targets that bindings have and had not: a refresh brings none. */
export function newTargets(before: Location, after: Location): readonly PushTarget[] {
  const targets: PushTarget[] = [];
  for (const { key, push } of after.bindings) {
    if (push !== undefined && bindingOf(before, key)?.push !== push) targets.push(push);
  }
  return targets;
}

/**
 * Makes a user the owner of the tokens in these targets, before they are registered: a phone belongs to whoever registered it
 * last, and calls to others must not ring it. Those who had it lose it. Who died halfway is finished by the next one who asks.
 */
export async function claimTokens(
  app: App,
  aor: Aor,
  targets: readonly PushTarget[],
  tell: Tell,
): Promise<void> {
  const tokens = new Set(targets.flatMap(deviceTokens));
  for (const token of tokens) await claim(app, aor, token, tell);
}

async function claim(app: App, aor: Aor, token: Octets, tell: Tell): Promise<void> {
  const { formers } = await change(app, token, (found) => owned(found, aor));
  if (formers.length === 0 || app.settings.sharesTokens) return;
  const isMeant = (target: PushTarget) => deviceTokens(target).includes(token);
  const how = { why: "moved", reason: "the phone belongs to another user now" } as const;
  for (const former of formers) await dropToken(app, former, isMeant, how, tell);
  await change(app, token, (found) => (found?.owner === aor ? { owner: aor, formers: [] } : found));
}

/** The token is that user's; whoever had it is remembered until it is gone from there. */
function owned(found: TokenOwner | undefined, aor: Aor): TokenOwner {
  if (found === undefined) return { owner: aor, formers: [] };
  if (found.owner === aor) return found;
  const formers = [...found.formers, found.owner].filter((former) => former !== aor);
  return { owner: aor, formers: formers.slice(-MAX_FORMERS) };
}

async function change<Result extends TokenOwner | undefined>(
  { tokens, clock }: App,
  token: Octets,
  decide: (found: TokenOwner | undefined) => Result,
): Promise<Result> {
  const key = fingerprint(token);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { value: found, version } = await tokens.read(key);
    const next = decide(found);
    if (next === found) return next;
    if ((await tokens.swap(key, version ?? ABSENT, next, clock() + MEMORY)) === "committed") return next;
  }
  throw new Error("a token's record stayed stale");
}
