import { current, type Location } from "../../functions/location/location.ts";
import { due, scheduled } from "../../functions/registrar/agenda.ts";
import { POLICY } from "./a-register.ts";

// Whoever looks every few seconds at the locations whose time has come, on a clock of ours.

const GRACE = POLICY.grace * 1000;
const EVERY = 5_000;

/** The changed location as it is written: with the time at which it must be looked at. */
export function written(before: Location, after: Location, now: number): Location {
  return scheduled(before, after, now, GRACE);
}

/** The location without what has run out. */
function currently(location: Location, now: number): Location {
  return current(location, now, GRACE);
}

/** What somebody finds due who looks now, whatever the record says about when to look. */
export function isSomethingDue(location: Location, now: number): boolean {
  const left = currently(location, now);
  const { silent, ended } = due(left, now);
  // Only those who watch must be told in time that a registration has run out.
  const hasRunOut = location.watchers.length > 0 && left.bindings.length < location.bindings.length;
  return silent.length > 0 || ended.length > 0 || hasRunOut;
}

/** What a look out has seen. */
export interface Seen {
  readonly location: Location;
  /** Who was reminded and when, in ms since 1970. */
  readonly reminders: readonly (readonly [key: string, at: number])[];
}

/** Looks every 5 s, from a moment until another. A location whose time has not come is left alone. */
export function lookOut(location: Location, from: number, until: number): Seen {
  let seen = location;
  const reminders: (readonly [string, number])[] = [];
  for (let now = from; now < until; now += EVERY) {
    if (seen.dueAt === undefined || seen.dueAt > now) continue;
    const result = due(currently(seen, now), now);
    for (const { key } of result.silent) reminders.push([key, now]);
    seen = written(seen, result.location, now);
  }
  return { location: seen, reminders };
}
