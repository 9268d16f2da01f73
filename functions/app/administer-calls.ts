import { type Attempt, type Call, withAttempt } from "../proxy/call.ts";
import type { Aor } from "../sip/aor.ts";
import type { Octets } from "../sip/octets.ts";
import type { Administration } from "./administration.ts";
import { attemptOf, callIdOf, callKey } from "./record-call.ts";

// Calls as the administrator sees them: those that are remembered, and those that are going on, where forks can be listed.

/** Several calls begin like this: these, or some of them. */
export interface Ambiguous {
  readonly callIds: readonly Octets[];
}

/** So many calls are named that a prefix may mean. */
const MAX_NAMED = 10;

/** The call of this Call-ID, or of the only one that begins like this. "unknown": there is none, or not any more. */
export async function callOf(app: Administration, callId: Octets): Promise<Call | Ambiguous | "unknown"> {
  const { value: kept } = await app.calls.read(callKey(callId));
  const going = await goingOn(app);
  const exact = joined(kept, going.get(callId));
  if (exact !== undefined) return exact;
  const found = new Map<Octets, Call>();
  for await (const call of allCalls(app, going)) {
    if (call.callId.startsWith(callId)) found.set(call.callId, call);
    if (found.size === MAX_NAMED) break;
  }
  const [first, ...others] = found.values();
  if (first === undefined) return "unknown";
  return others.length === 0 ? first : { callIds: [...found.keys()] };
}

/** Calls, the newest first, at most `limit` (1 or more); those that a user made or got, if one is named. */
export async function recentCalls(
  app: Administration,
  { limit, user }: { readonly limit: number; readonly user: Aor | undefined },
): Promise<readonly Call[]> {
  let calls: Call[] = [];
  for await (const call of allCalls(app, await goingOn(app))) {
    if (user === undefined || call.attempts.some((attempt) => isOf(attempt, user))) calls.push(call);
    // There may be a day's calls: never more than twice as many as are wanted are held.
    if (calls.length >= 2 * limit) calls = newest(calls, limit);
  }
  return newest(calls, limit);
}

async function* allCalls(app: Administration, going: ReadonlyMap<Octets, Call>): AsyncGenerator<Call> {
  const rest = new Map(going);
  for await (const kept of app.keptCalls()) {
    yield joined(kept, rest.get(kept.callId)) ?? kept;
    rest.delete(kept.callId);
  }
  yield* rest.values();
}

/** What the forks that are not decided say, by Call-ID; the others have been recorded. */
async function goingOn(app: Administration): Promise<ReadonlyMap<Octets, Call>> {
  const calls = new Map<Octets, Call>();
  for await (const fork of app.keptForks()) {
    if (fork.method !== "INVITE" || fork.final !== undefined) continue;
    const callId = callIdOf(fork);
    const known = calls.get(callId) ?? { callId, attempts: [] };
    calls.set(callId, withAttempt(known, attemptOf(fork)));
  }
  return calls;
}

function joined(kept: Call | undefined, going: Call | undefined): Call | undefined {
  return kept === undefined ? going : (going?.attempts ?? []).reduce(withAttempt, kept);
}

function isOf({ caller, callee }: Attempt, user: Aor): boolean {
  return caller === user || callee === user;
}

function newest(calls: Call[], limit: number): Call[] {
  return calls.sort((one, other) => lastOf(other) - lastOf(one)).slice(0, limit);
}

/** When the last attempt came. */
function lastOf({ attempts }: Call): number {
  return attempts.at(-1)?.at ?? 0;
}
