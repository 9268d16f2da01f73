import type { Fork } from "../proxy/fork.ts";
import { wakeTimes } from "../proxy/wake-times.ts";
import type { App } from "./app.ts";

/** Counts a call that has just been decided, and how long the phones took that were woken for it. */
export function measureCall({ meter }: App, { method, final, history }: Fork): void {
  if (method !== "INVITE" || final === undefined) return;
  meter.count("calls", { status: String(final) });
  for (const ms of wakeTimes(history)) meter.time("wake", ms);
}
