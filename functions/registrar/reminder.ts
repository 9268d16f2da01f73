import type { Binding } from "../location/location.ts";
import { wakesItself } from "./pnsreg.ts";

// When a device is asked by a push to register again, before its registration ends (RFC 8599 §5.5). All times in ms.

/** The last reminder goes out this long before the end: 120 s, and some for whoever looks only now and then. */
const RESERVE = 150_000;
/** The only one for a device that can wake itself, and did not (`pnsreg.ts`). */
const OVERDUE = 120_000;
/** The first one goes out when a quarter of the registration is left, but not more than this before its end. */
const MAX_LEAD = 86_400_000;
/** From reminder to reminder; twice as long each time: one may get lost, and a phone may be off. */
const FIRST_PAUSE = 60_000;
/** A registration that its device keeps alive itself is reminded of only if it is at least as long as this. */
const MIN_SILENCE = 1_800_000;

/**
 * When the device is to be reminded next; undefined for never. One that is online refreshes by itself: only if it has let
 * the last moment come, it may have gone silent, and is reminded once.
 */
export function nextReminder(binding: Binding): number | undefined {
  const { push, params, connection, refreshedAt, expiresAt, reminded } = binding;
  if (push === undefined) return undefined;
  // Only if it was not heard of when it should have been (RFC 8599 §5.5).
  if (wakesItself(params)) return reminded === undefined ? expiresAt - OVERDUE : undefined;
  const last = expiresAt - RESERVE;
  const length = expiresAt - refreshedAt;
  if (connection !== undefined) return reminded === undefined && length >= MIN_SILENCE ? last : undefined;
  if (reminded === undefined) return expiresAt - Math.max(RESERVE, Math.min(Math.ceil(length / 4), MAX_LEAD));
  if (reminded.at >= last) return undefined;
  return Math.min(reminded.at + FIRST_PAUSE * 2 ** (reminded.times - 1), last);
}

/** The binding as it is once its device has been reminded. */
export function reminded(binding: Binding, now: number): Binding {
  return { ...binding, reminded: { times: (binding.reminded?.times ?? 0) + 1, at: now } };
}
