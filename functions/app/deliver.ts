import type { ConnectionId } from "../location/ids.ts";
import { flowTo } from "../location/location.ts";
import type { Party } from "../proxy/fork.ts";
import type { Octets } from "../sip/octets.ts";
import type { App } from "./app.ts";
import { disconnect } from "./disconnect.ts";

/**
 * Sends a message to one side of a call: over the connection it was last seen on, or, if that is unknown or gone, over
 * the one that its binding has now. "gone": neither is there; the side sleeps or has left.
 */
export async function deliver(
  app: App,
  { aor, key, connection }: Party,
  message: Octets,
): Promise<"sent" | "gone"> {
  let last = connection;
  let next = connection ?? (await presentFlow(app, aor, key));
  while (next !== undefined) {
    if ((await app.edge.send(next, message)) === "sent") return "sent";
    await disconnect(app, next, aor);
    last = next;
    next = await presentFlow(app, aor, key);
    if (next === last) return "gone";
  }
  return "gone";
}

/** The connection that the side has now: of its flows the one to try first. */
async function presentFlow(
  { locations }: App,
  aor: Party["aor"],
  key: Party["key"],
): Promise<ConnectionId | undefined> {
  if (aor === undefined || key === undefined) return undefined;
  const { value: location } = await locations.read(aor);
  return location && flowTo(location, key)?.connection;
}
