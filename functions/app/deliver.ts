import type { ConnectionId } from "../location/ids.ts";
import { type Binding, flowTo } from "../location/location.ts";
import type { Party } from "../proxy/fork.ts";
import type { Octets } from "../sip/octets.ts";
import type { App } from "./app.ts";
import { disconnect } from "./disconnect.ts";

/** What became of a message: sent; the flow that sleeps, if the side could be woken; "gone" if nobody is there. */
type Delivery = "sent" | "gone" | Binding;

/**
 * Sends a message to one side of a call: over the connection that it was last seen on if that is known, else, or if that
 * is gone, over the flow that its device has now (RFC 5626 §7), and over the next one if that turns out gone. A good flow costs
 * one read of the location at most, and a known connection none. `messageOver` makes the message for a connection, and the flow
 * that it is; for the one that the side was last seen on it is given no flow. Rejects if nobody knows what became of it, as of what was
 * for an edge that does not answer, and the device has no other flow by now: to that it goes even if it may come twice.
 */
export async function deliver(
  app: App,
  { aor, key, connection }: Party,
  messageOver: (over: ConnectionId, flow: Binding | undefined) => Octets,
): Promise<Delivery> {
  let fault: unknown;
  if (connection !== undefined) {
    const message = messageOver(connection, undefined);
    let outcome: "sent" | "gone" | undefined;
    try {
      outcome = await app.edge.send(connection, message);
    } catch (error) {
      fault = error;
    }
    if (outcome === "sent") return "sent";
    if (outcome === "gone") await disconnect(app, connection, aor);
  }
  if (aor === undefined || key === undefined) {
    if (fault !== undefined) throw fault;
    return "gone";
  }
  // It ends: what turns out gone is on no flow of the location any more.
  for (;;) {
    const { value: location } = await app.locations.read(aor);
    const flow = location && flowTo(location, key);
    if (fault !== undefined && (flow === undefined || flow.connection === connection)) throw fault;
    if (flow === undefined) return "gone";
    if (flow.connection === undefined) return flow;
    if ((await app.edge.send(flow.connection, messageOver(flow.connection, flow))) === "sent") return "sent";
    await disconnect(app, flow.connection, aor);
  }
}
