import { type Binding, flowTo, type Location } from "../location/location.ts";
import type { Watcher } from "../location/watcher.ts";
import { nextReminder, reminded } from "./reminder.ts";

/** What is to be done about a location whose time has come. */
export interface Due {
  readonly location: Location;
  /** Devices that shall register again. */
  readonly silent: readonly Binding[];
  /** Subscriptions that have run out. */
  readonly ended: readonly Watcher[];
}

/**
 * What is due in a location that has nothing run out in it, at `now` in ms since 1970. The reminders are noted in it before
 * they are sent, so that two who look at it at once send one.
 */
export function due(location: Location, now: number): Due {
  // RFC 8599 §5.5: never once the registration has run out, though it is still used for a moment.
  const isSilent = (binding: Binding) =>
    binding.expiresAt > now && (nextReminder(binding) ?? Number.POSITIVE_INFINITY) <= now;
  const isOver = ({ until }: Watcher) => until <= now;
  return {
    location: {
      ...location,
      bindings: location.bindings.map((binding) => (isSilent(binding) ? reminded(binding, now) : binding)),
      watchers: location.watchers.filter((watcher) => !isOver(watcher)),
    },
    // A device with several flows is reminded by the one it would be called by.
    silent: location.bindings.filter(
      (binding) => isSilent(binding) && flowTo(location, binding.key) === binding,
    ),
    ended: location.watchers.filter(isOver).map((watcher) => ({ ...watcher, version: watcher.version + 1 })),
  };
}

/**
 * The changed location with the time at which it must be looked at. A time that was set before stays if it comes early
 * enough: looking in vain now and then is cheaper than writing a new time with every REGISTER.
 */
export function scheduled(before: Location, after: Location, now: number, grace: number): Location {
  const next = nextLook(after, grace);
  const set = before.dueAt;
  const dueAt = set !== undefined && next !== undefined && set > now && set <= next ? set : next;
  return dueAt === after.dueAt ? after : { ...after, dueAt };
}

function nextLook({ bindings, watchers }: Location, grace: number): number | undefined {
  let next = Number.POSITIVE_INFINITY;
  for (const binding of bindings) {
    next = Math.min(next, nextReminder(binding) ?? next);
    // Nobody else tells those who watch that a registration has run out.
    if (watchers.length > 0) next = Math.min(next, binding.expiresAt + grace);
  }
  for (const { until } of watchers) next = Math.min(next, until);
  return next === Number.POSITIVE_INFINITY ? undefined : next;
}
