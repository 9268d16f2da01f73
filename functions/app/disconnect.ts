import { withoutConnection } from "../location/ended-flow.ts";
import type { ConnectionId } from "../location/ids.ts";
import type { Connection } from "../ports.ts";
import type { Aor } from "../sip/aor.ts";
import type { App } from "./app.ts";
import { changeLocation } from "./change-location.ts";

/**
 * How long the end of a connection is remembered, in ms: longer than any function that was handling its last frames
 * may run (29 s on API Gateway).
 */
const TOMBSTONE = 120_000;

/**
 * A connection has ended, or a send found it gone: every binding that is still on it goes to sleep or away
 * (RFC 5626 §7). The tombstone first: a REGISTER that is being handled right now looks for it when it is done.
 * Doing this twice does nothing.
 *
 * `seen` is an AoR that has a binding there, if the sender knows one: the connection's own record may have been forgotten, if
 * a process died between the tombstone and the bindings.
 */
export async function disconnect(app: App, connection: ConnectionId, seen?: Aor): Promise<void> {
  const registered = await bury(app, connection);
  const aors = new Set(registered.map(({ aor }) => aor));
  if (seen !== undefined) aors.add(seen);
  for (const aor of aors) {
    const location = await changeLocation(app, aor, (found) => withoutConnection(found, connection));
    app.log.debug("disconnected", { connection, bindings: location.bindings.length });
  }
}

/**
 * Marks the connection closed; answers whom it had registered. One that has proved nothing leaves nothing: a REGISTER of its that is
 * still being handled finds it gone when it is answered.
 */
async function bury(
  { connections, clock }: App,
  connection: ConnectionId,
): Promise<Connection["registered"]> {
  for (;;) {
    const { value, version } = await connections.read(connection);
    if (value === undefined) return [];
    if (value.closed) return value.registered;
    const closed = { registered: value.registered, closed: true };
    if ((await connections.swap(connection, version, closed, clock() + TOMBSTONE)) === "committed") {
      return closed.registered;
    }
  }
}
