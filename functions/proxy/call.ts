import type { ForkId } from "../location/ids.ts";
import type { Aor } from "../sip/aor.ts";
import type { Octets } from "../sip/octets.ts";
import type { Happening } from "./happening.ts";

/** What became of the INVITEs that began the dialogs of one Call-ID. */
export interface Call {
  readonly callId: Octets;
  /** At most `MAX_ATTEMPTS`, in the order in which they came. */
  readonly attempts: readonly Attempt[];
}

/** One INVITE: the same Call-ID with another CSeq is another. */
export interface Attempt {
  /** Which INVITE it is, if it got no fork too. */
  readonly fork: ForkId;
  readonly caller: Aor | undefined;
  /** Undefined if the INVITE named nobody. */
  readonly callee: Aor | undefined;
  /** When the INVITE came, in ms since 1970. */
  readonly at: number;
  readonly history: readonly Happening[];
  /** The status that was decided for the caller; undefined while it is not. */
  readonly final: number | undefined;
}

/** How many attempts a call keeps: the newest. */
export const MAX_ATTEMPTS = 16;

/** With what is known of an attempt: another one, or more of one. The same call if that is nothing new. */
export function withAttempt(call: Call, attempt: Attempt): Call {
  const { callId, attempts } = call;
  const known = attempts.findIndex(({ fork }) => fork === attempt.fork);
  const former = attempts[known];
  if (former !== undefined && !knowsMore(attempt, former)) return call;
  if (former !== undefined) return { callId, attempts: attempts.with(known, attempt) };
  const all = [...attempts, attempt].sort((one, other) => one.at - other.at);
  return { callId, attempts: all.slice(-MAX_ATTEMPTS) };
}

/** Two functions may write in any order what happened one after the other. */
function knowsMore(one: Attempt, other: Attempt): boolean {
  if (one.history.length !== other.history.length) return one.history.length > other.history.length;
  if (one.final !== other.final) return one.final !== undefined;
  return (one.history.at(-1)?.at ?? 0) > (other.history.at(-1)?.at ?? 0);
}
