import { endOf, type Location, NOWHERE } from "../location/location.ts";
import type { Aor } from "../sip/aor.ts";
import type { App } from "./app.ts";

/** A swap that is stale this often in a row means something is wrong, not busy. */
const ATTEMPTS = 64;

/**
 * Changes where an AoR is: reads, decides, writes if nobody wrote in between, and else decides again from what is
 * there now. A decision that answers the location it was given writes nothing. Answers the location as it then is.
 */
export async function changeLocation(
  { locations }: App,
  aor: Aor,
  decide: (found: Location) => Location | Promise<Location>,
): Promise<Location> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { value, version } = await locations.read(aor);
    const found = value ?? NOWHERE;
    const decision = decide(found);
    // Most decisions are made at once; waiting for those too would cost every REGISTER a turn.
    const next = decision instanceof Promise ? await decision : decision;
    if (next === found) return found;
    const end = endOf(next);
    const outcome = await locations.swap(aor, version, end === 0 ? undefined : next, end);
    if (outcome === "committed") return next;
  }
  throw new Error("a location record stayed stale");
}
