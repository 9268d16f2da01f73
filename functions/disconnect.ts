import { cloud } from "./cloud/cloud.ts";
import type { GatewayEvent, GatewayResult } from "./gateway/event.ts";

const { gateway } = cloud();

/** `$disconnect`: a connection has ended. API Gateway tells of most ends, once; what it does not tell is found out by the first send. */
export function handler(event: GatewayEvent): Promise<GatewayResult> {
  return gateway.disconnect(event);
}
