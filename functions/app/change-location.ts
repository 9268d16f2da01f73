import { current, endOf, type Location, NOWHERE } from "../location/location.ts";
import { scheduled } from "../registrar/agenda.ts";
import { withNews } from "../registrar/watch.ts";
import type { Aor } from "../sip/aor.ts";
import type { App } from "./app.ts";
import { notify } from "./notify.ts";

/** A swap that is stale this often in a row means something is wrong, not busy. */
const ATTEMPTS = 64;

/**
 * Changes where an AoR is: reads, decides, writes if nobody wrote in between, and else decides again from what is
 * there now; then tells those who watch. A decision that answers the location it was given writes nothing. Answers the
 * location as it then is.
 */
export async function changeLocation(
  app: App,
  aor: Aor,
  decide: (found: Location) => Location | Promise<Location>,
): Promise<Location> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { value, version } = await app.locations.read(aor);
    const found = value ?? NOWHERE;
    const decision = decide(found);
    // Most decisions are made at once; waiting for those too would cost every REGISTER a turn.
    const decided = decision instanceof Promise ? await decision : decision;
    if (decided === found) return found;
    const next = scheduled(found, withNews(found, decided), app.clock(), graceOf(app));
    const end = endOf(next, graceOf(app));
    const outcome = await app.locations.swap(aor, version, end === 0 ? undefined : next, end, next.dueAt);
    if (outcome === "stale") continue;
    if (next.watchers.length > 0) await notify(app, aor, found, currently(app, next));
    return next;
  }
  throw new Error("a location record stayed stale");
}

/** The location without what has run out by now. */
export function currently(app: App, location: Location): Location {
  return current(location, app.clock(), graceOf(app));
}

/** How long past its end a binding is used, in ms. */
export function graceOf({ settings }: App): number {
  return settings.register.grace * 1000;
}
