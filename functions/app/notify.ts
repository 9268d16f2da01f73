import { logFault } from "../fault.ts";
import { flowTo, type Location } from "../location/location.ts";
import type { Watcher } from "../location/watcher.ts";
import { noticeBranch } from "../proxy/via-branch.ts";
import { notifyRequest } from "../registrar/notify-request.ts";
import { toTell } from "../registrar/watch.ts";
import { type Aor, domainOf } from "../sip/aor.ts";
import { format } from "../sip/format.ts";
import type { App } from "./app.ts";
import { ourPlace } from "./our-place.ts";
import { ourVia } from "./our-via.ts";

/** Tells those who watch an AoR that its devices have changed (RFC 3680 §4.7.1). */
export async function notify(app: App, aor: Aor, before: Location, after: Location): Promise<void> {
  await Promise.all(toTell(before, after).map((watcher) => notifyWatcher(app, aor, after, watcher)));
}

/**
 * Tells one watcher what there is: over the connection that its device has now, else the one it subscribed over. One that
 * is not there hears it with its next SUBSCRIBE; that its connection is gone, others find out. Never rejects: what changed
 * has changed, and has been answered, whoever could not be told.
 */
export async function notifyWatcher(app: App, aor: Aor, location: Location, watcher: Watcher): Promise<void> {
  const own = watcher.key === undefined ? undefined : flowTo(location, watcher.key);
  const over = own?.connection ?? watcher.connection;
  const via = ourVia(app, over, noticeBranch(app.keyring, aor, watcher));
  const outlet = { via, place: ourPlace(app, over, domainOf(aor)) };
  const request = notifyRequest(app.keyring, aor, location, watcher, outlet, app.clock());
  try {
    await app.edge.send(over, format(request));
  } catch (error) {
    logFault(app.log, "notify", error);
  }
}
