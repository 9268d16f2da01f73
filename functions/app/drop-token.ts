import { deviceOf } from "../location/device.ts";
import type { BindingKey, ForkId } from "../location/ids.ts";
import type { Location, PushTarget, WaitingFork } from "../location/location.ts";
import { withoutTarget } from "../location/pushed.ts";
import type { ForkEvent } from "../proxy/fork-event.ts";
import type { Aor } from "../sip/aor.ts";
import type { Octets } from "../sip/octets.ts";
import type { App } from "./app.ts";
import { changeLocation } from "./change-location.ts";
import { logName } from "./log-name.ts";

/** Lets an event happen to a fork (`settle.ts`). */
export type Tell = (fork: ForkId, event: ForkEvent) => Promise<unknown>;

/**
 * A user's phones are pushed no more at the targets that are meant: nobody has them, or somebody else. What has another target
 * by now keeps it. Calls that wait for such a phone are told at once that it will not come.
 */
export async function dropToken(
  app: App,
  aor: Aor,
  isMeant: (target: PushTarget) => boolean,
  { why, reason }: { readonly why: "dead" | "moved"; readonly reason: Octets },
  tell: Tell,
): Promise<void> {
  let disappointed: readonly WaitingFork[] = [];
  let isDropped = false;
  await changeLocation(app, aor, (found) => {
    const next = withoutTarget(found, isMeant, why);
    isDropped = next !== found;
    disappointed = isDropped ? awaiting(found, next, isMeant) : [];
    return next;
  });
  if (!isDropped) return;
  app.meter.count("tokens dropped", { why });
  app.log.info("token dropped", { user: logName(app, aor), why, waiting: disappointed.length });
  for (const { fork, key } of disappointed) await tell(fork, { type: "unwakeable", key, reason });
}

/** The forks that wait for a device that had a target, and can be pushed no more. */
function awaiting(
  before: Location,
  after: Location,
  isMeant: (target: PushTarget) => boolean,
): readonly WaitingFork[] {
  const had = before.bindings.filter(({ push }) => push !== undefined && isMeant(push));
  const isStill = (device: string) =>
    after.bindings.some(({ key, push }) => push !== undefined && deviceOf(key) === device);
  const lost = new Set(devicesOf(had.map(({ key }) => key)).filter((device) => !isStill(device)));
  return before.waiting.filter(({ device }) => lost.has(device));
}

function devicesOf(keys: readonly BindingKey[]): readonly string[] {
  return keys.map(deviceOf);
}
