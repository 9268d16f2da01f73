import { cloud } from "./cloud/cloud.ts";
import { logFault } from "./fault.ts";
import type { GatewayEvent, GatewayResult } from "./gateway/event.ts";
import type { ConnectionId } from "./location/ids.ts";

const { app, gateway } = cloud();

/** `$default`: one WebSocket message. Never rejects: API Gateway would send JSON to a SIP client. */
export async function handler(event: GatewayEvent): Promise<GatewayResult> {
  try {
    const { body } = await gateway.message(event);
    // What a function answers goes nowhere but into a route's response, which the API has none of.
    if (body !== undefined) await app.edge.send(event.requestContext.connectionId as ConnectionId, body);
  } catch (error) {
    logFault(app.log, "message", error);
  }
  return { statusCode: 200 };
}
