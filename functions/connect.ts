import { cloud } from "./cloud/cloud.ts";
import type { GatewayEvent, GatewayResult } from "./gateway/event.ts";

const { gateway } = cloud();

/** `$connect`: may this connection be? Who it is says the authorizer, and API Gateway listens to nobody else on that. */
export async function handler(event: GatewayEvent): Promise<GatewayResult> {
  const { statusCode, headers, body } = await gateway.connect(event);
  return { statusCode, ...(headers && { headers }), ...(body !== undefined && { body }) };
}
