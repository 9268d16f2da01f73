import type { BindingKey } from "../location/ids.ts";
import type { Happening } from "./happening.ts";

/** How long each device that was pushed for a call and came took, in ms, from the push to the INVITE that it was then sent. */
export function wakeTimes(history: readonly Happening[]): readonly number[] {
  const times: number[] = [];
  const pushed = new Map<BindingKey, number>();
  for (const { at, what, device } of history) {
    if (device === undefined) continue;
    if (what === "pushed" && !pushed.has(device)) pushed.set(device, at);
    const from = pushed.get(device);
    if (what !== "invited" || from === undefined) continue;
    times.push(at - from);
    pushed.delete(device);
  }
  return times;
}
