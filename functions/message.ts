import { cloud } from "./cloud/cloud.ts";
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
    app.log.error("fault", { what: "message", error: error instanceof Error ? error.stack : String(error) });
  }
  return { statusCode: 200 };
}
