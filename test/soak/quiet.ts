import { setTimeout as wait } from "node:timers/promises";
import type { Phone } from "./phone.ts";
import type { Place } from "./place.ts";
import type { Census } from "./protocol.ts";
import type { ServerProcess } from "./server-process.ts";
import { TIMERS } from "./timers.ts";

/** Nothing waits longer once the faults have stopped: it rings, its device says nothing to the CANCEL, and its caller is told. In ms. */
const LONGEST = TIMERS.timerC + 2 * TIMERS.transaction + TIMERS.bucket + 5_000;

/** When all is over, or should be: what there is then, and every fork that was stuck on the way. */
export async function quiet(place: Place, here: readonly Phone[], server: ServerProcess): Promise<Census> {
  const began = Date.now();
  // Forks are forgotten, stuck or not.
  const stuck = new Map<string, string>();
  for (;;) {
    await wait(1_000);
    const census = await server.census();
    for (const fork of census.stuck) stuck.set(fork.split(":")[0] ?? "", fork);
    const isCalm =
      census.open === 0 &&
      here.every(({ isThere }) => isThere) &&
      [...place.calls.values()].every(({ isOver, isCut }) => isOver || isCut);
    if (isCalm || Date.now() - began > LONGEST) return { ...census, stuck: [...stuck.values()] };
  }
}
