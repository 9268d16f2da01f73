import type { Party } from "../proxy/fork.ts";
import { forkIdOf } from "../proxy/fork-id.ts";
import { happening } from "../proxy/happening.ts";
import { type Aor, aorIn } from "../sip/aor.ts";
import { CallId } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import { SipSyntaxError } from "../sip/syntax-error.ts";
import type { App } from "./app.ts";
import { recordAttempt } from "./record-call.ts";
import { Unreachable } from "./unreachable.ts";

/**
 * Keeps an INVITE that got no fork, for people who ask why it did not ring. To be called for a caller who has proved who
 * they are only: nobody else is to fill our records. `at` is when it came, in ms since 1970. A bug is no refusal, and is logged where it is answered.
 */
export async function recordRefusal(
  app: App,
  request: SipRequest,
  caller: Party,
  at: number,
  error: unknown,
): Promise<void> {
  if (!(error instanceof Refusal || error instanceof SipSyntaxError)) return;
  const considered = error instanceof Unreachable ? error.considered : [];
  const refused = happening(app.clock(), "refused", undefined, reasonOf(error));
  const attempt = {
    fork: forkIdOf(app.keyring, request),
    caller: caller.aor,
    callee: calledIn(request),
    at,
    history: [happening(at, "called", undefined), ...considered, refused],
    final: error.status,
  };
  await recordAttempt(app, request.headers.first(CallId) ?? "", attempt);
}

/** `480 Temporarily Unavailable: nobody is registered`. */
function reasonOf(error: Refusal | SipSyntaxError): string {
  if (error instanceof Unreachable) return `${error.message}: ${error.why}`;
  return error instanceof Refusal ? error.message : `${error.status} ${error.message}`;
}

/** Whom the Request-URI names, if it names somebody. */
function calledIn({ uri }: SipRequest): Aor | undefined {
  try {
    return aorIn(uri, "Request-URI");
  } catch (error) {
    if (error instanceof SipSyntaxError) return undefined;
    throw error;
  }
}
