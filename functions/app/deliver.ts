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
  if (connection !== undefined) {
    if ((await app.edge.send(connection, message)) === "sent") return "sent";
    await disconnect(app, connection);
  }
  if (aor === undefined || key === undefined) return "gone";
  const { value: location } = await app.locations.read(aor);
  const now = location && flowTo(location, key)?.connection;
  if (now === undefined || now === connection) return "gone";
  if ((await app.edge.send(now, message)) === "sent") return "sent";
  await disconnect(app, now);
  return "gone";
}
