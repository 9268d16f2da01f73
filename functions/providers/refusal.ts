import type { PushTarget } from "../location/location.ts";
import type { Log, PushOutcome } from "../ports.ts";
import { cut } from "../push/cut.ts";
import { type Destination, destinationOf } from "../push/destination.ts";

/** Why a service did not take a push. */
export interface Refusal {
  /** The service says that the token will never work again. */
  readonly isDead: boolean;
  /** In a word, for the log. */
  readonly code: string;
  /** In the service's words, for people. */
  readonly words: string;
}

const MAX_REASON = 256;

/** What becomes of a push that was refused; logged without the token, which services like to quote. */
export function refused(
  target: PushTarget,
  { app, token }: Destination,
  { isDead, code, words }: Refusal,
  log: Log,
): PushOutcome {
  // Calls may go to another token of the device, which is as good as ever.
  const isForCalls = destinationOf(target, "call")?.token === token;
  const outcome = isDead && isForCalls ? "dead" : "failed";
  log.warn("push refused", { provider: target.provider, app, outcome, reason: without(token, code) });
  return { outcome, reason: without(token, words) };
}

/** What becomes of a push for an app that we have no key for. Phones may ask for any. */
export function noSuchApp({ provider, param: app }: PushTarget, log: Log): PushOutcome {
  const reason = "no such app";
  log.warn(reason, { provider, app });
  return { outcome: "failed", reason };
}

/** What becomes of a push that the phone cannot be given, or not by this service. */
export function noPushForThat({ provider, param: app }: PushTarget, log: Log): PushOutcome {
  const reason = "no push for that";
  log.debug(reason, { provider, app });
  return { outcome: "failed", reason };
}

/** What became of a push when no answer came. */
export function unanswered(error: unknown): Refusal {
  if (!(error instanceof Error)) return { isDead: false, code: "Error", words: String(error) };
  // What several addresses refused has a name and no words.
  const { code = error.name } = error as NodeJS.ErrnoException;
  return { isDead: false, code, words: error.message || code };
}

function without(token: string, words: string): string {
  const cleaned =
    token === "" ? words : words.replaceAll(token, "…").replaceAll(encodeURIComponent(token), "…");
  return cut(cleaned, MAX_REASON);
}
