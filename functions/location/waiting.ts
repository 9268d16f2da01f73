import { deviceOf } from "./device.ts";
import type { BindingKey, ForkId } from "./ids.ts";
import type { Location, WaitingFork } from "./location.ts";

/** How many forks may wait on one AoR; an INVITE beyond finds nobody (480). */
export const MAX_WAITING = 32;

/** With forks that wait for devices; one that waits already, for the longer of both times. Undefined if too many wait already. */
export function withWaiting(location: Location, added: readonly WaitingFork[]): Location | undefined {
  const others = location.waiting.filter((other) => !added.some((one) => isSameWaiting(one, other)));
  const lasting = added.map((one) => {
    const former = location.waiting.find((other) => isSameWaiting(one, other));
    return former !== undefined && former.until > one.until ? { ...one, until: former.until } : one;
  });
  const waiting = [...others, ...lasting];
  return waiting.length > MAX_WAITING ? undefined : { ...location, waiting };
}

function isSameWaiting(one: WaitingFork, other: WaitingFork): boolean {
  return one.fork === other.fork && one.key === other.key;
}

/** Without a fork that waits for the key's device no more. The same location if it did not. */
export function withoutWaiting(location: Location, fork: ForkId, key: BindingKey): Location {
  const isMeant = (other: WaitingFork) => other.fork === fork && deviceOf(other.key) === deviceOf(key);
  return withoutWaitingThat(location, isMeant);
}

/** Without forks that wait. The same location if there are none such. */
export function withoutWaitingThat(location: Location, isMeant: (waiting: WaitingFork) => boolean): Location {
  if (!location.waiting.some(isMeant)) return location;
  return { ...location, waiting: location.waiting.filter((waiting) => !isMeant(waiting)) };
}
