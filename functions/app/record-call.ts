import { fingerprint } from "../keyring/fingerprint.ts";
import { ABSENT } from "../ports.ts";
import { type Attempt, withAttempt } from "../proxy/call.ts";
import type { Fork } from "../proxy/fork.ts";
import { keptRequest } from "../proxy/kept-request.ts";
import { CallId } from "../sip/fields.ts";
import type { Octets } from "../sip/octets.ts";
import type { App } from "./app.ts";
import { logged } from "./logged.ts";

/** How long a call is remembered, in ms. */
const MEMORY = 86_400_000;

/** A swap that is stale this often in a row means something is wrong, not busy. */
const ATTEMPTS = 64;

/**
 * Keeps what happened to a fork of an INVITE, for people who ask. For nothing else: a timeline that cannot be written is
 * logged, and the call goes on. Never rejects. Written again, it says the same: the longer history stays.
 */
export async function recordCall(app: App, fork: Fork): Promise<void> {
  if (fork.method !== "INVITE") return;
  await logged(app, "timeline", () => write(app, callIdOf(fork), attemptOf(fork)));
}

/** As `recordCall`, for an INVITE that got no fork. */
export async function recordAttempt(app: App, callId: Octets, attempt: Attempt): Promise<void> {
  await logged(app, "timeline", () => write(app, callId, attempt));
}

/** The Call-ID of what a fork of an INVITE is an attempt of. */
export function callIdOf(fork: Fork): Octets {
  return keptRequest(fork).headers.first(CallId) ?? "";
}

/** The fork as its call's record has it. */
export function attemptOf({ id, caller, callee, history, final }: Fork): Attempt {
  return { fork: id, caller: caller.aor, callee, at: history[0]?.at ?? 0, history, final };
}

/** Where a call is kept. */
export function callKey(callId: Octets): string {
  return fingerprint(callId);
}

/** Most calls are written once: the first swap supposes so, and saves the read. */
async function write({ calls, clock }: App, callId: Octets, attempt: Attempt): Promise<void> {
  const key = callKey(callId);
  const end = clock() + MEMORY;
  const first = { callId, attempts: [attempt] };
  if ((await calls.swap(key, ABSENT, first, end)) === "committed") return;
  for (let round = 0; round < ATTEMPTS; round++) {
    const { value: call, version } = await calls.read(key);
    const next = call === undefined ? first : withAttempt(call, attempt);
    if (next === call || (await calls.swap(key, version, next, end)) === "committed") return;
  }
  throw new Error("a call record stayed stale");
}
