import { deviceOf } from "../location/device.ts";
import type { WaitingFork } from "../location/location.ts";
import { withoutWaitingThat } from "../location/waiting.ts";
import type { Aor } from "../sip/aor.ts";
import type { App } from "./app.ts";
import { changeLocation } from "./change-location.ts";

/**
 * Takes away calls that are noted for an AoR's devices and wait no more: a note stays until it runs out, for a device that
 * comes twice, but it must not keep out a call that is to wait now. If all of them do wait, those go that are over and are only to be
 * shown.
 */
export async function makeRoom(app: App, aor: Aor): Promise<void> {
  const { value: location } = await app.locations.read(aor);
  const noted = location?.waiting ?? [];
  const needs = await Promise.all(noted.map((waiting) => needOf(app, waiting)));
  const least = needs.includes("none") ? "none" : "show";
  const leaving = noted.filter((_, index) => needs[index] === least);
  const isLeaving = ({ fork, key }: WaitingFork) =>
    leaving.some((waiting) => waiting.fork === fork && waiting.key === key);
  await changeLocation(app, aor, (found) => withoutWaitingThat(found, isLeaving));
}

/** What a fork needs the device for that it waits for: to deliver its call, only to show it, or nothing. */
async function needOf(app: App, { fork: id, key }: WaitingFork): Promise<"call" | "show" | "none"> {
  const { value: fork } = await app.forks.read(id);
  const branch = fork?.branches.findLast((candidate) => deviceOf(candidate.key) === deviceOf(key));
  switch (branch?.state) {
    case "waking":
    case "calling":
      return "call";
    case "late":
      return "show";
    case "doomed":
      return branch.mustRing ? "show" : "none";
    default:
      return "none";
  }
}
