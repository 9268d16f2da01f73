import { deviceOf } from "../location/device.ts";
import type { BindingKey, ConnectionId, ForkId } from "../location/ids.ts";
import type { Binding, WaitingFork } from "../location/location.ts";
import type { Aor } from "../sip/aor.ts";
import { renounce } from "./announce.ts";
import type { App } from "./app.ts";
import { changeLocation } from "./change-location.ts";

/** What has become of contacts that were removed, and of their connections. */
export interface Eviction {
  /** How many contacts there were. */
  readonly removed: number;
  /** Their connections that were closed. */
  readonly closed: readonly ConnectionId[];
  /** Their connections that our edge does not hold: they have ended, or somebody else holds them. */
  readonly gone: readonly ConnectionId[];
}

/**
 * Removes the bindings of an AoR that are meant, in one swap, and then closes their connections. What a connection has
 * registered is forgotten first: if it cannot be closed from here, it may not call without being asked who it is. Calls
 * that wait for one of these devices are told that it will not come.
 */
export async function evict(
  app: App,
  aor: Aor,
  isMeant: (binding: Binding) => boolean,
  giveUp: (fork: ForkId, key: BindingKey) => Promise<void>,
): Promise<Eviction> {
  let leaving: readonly Binding[] = [];
  let disappointed: readonly WaitingFork[] = [];
  await changeLocation(app, aor, async (found) => {
    // Decided anew, from what somebody else has written: nothing of a former decision may stay.
    leaving = found.bindings.filter(isMeant);
    disappointed = [];
    if (leaving.length === 0) return found;
    const staying = found.bindings.filter((binding) => !leaving.includes(binding));
    // A device that keeps another flow may still come.
    const isFor = ({ device }: WaitingFork) => has(leaving, device) && !has(staying, device);
    disappointed = found.waiting.filter(isFor);
    for (const { connection, key } of leaving) {
      if (connection !== undefined) await renounce(app, connection, aor, key);
    }
    return {
      ...found,
      bindings: staying,
      waiting: found.waiting.filter((waiting) => !isFor(waiting)),
    };
  });
  const closed: ConnectionId[] = [];
  const gone: ConnectionId[] = [];
  for (const connection of new Set(leaving.map((binding) => binding.connection))) {
    if (connection === undefined) continue;
    const isClosed = (await app.edge.close(connection)) === "closed";
    (isClosed ? closed : gone).push(connection);
  }
  for (const { fork, key } of disappointed) await giveUp(fork, key);
  return { removed: leaving.length, closed, gone };
}

function has(bindings: readonly Binding[], device: string): boolean {
  return bindings.some(({ key }) => deviceOf(key) === device);
}
