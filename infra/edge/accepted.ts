import type { GatewayEvent, GatewayResult } from "../../functions/gateway/event.ts";
import type { EdgeHandlers } from "./held-connection.ts";

/** What the handler of `$connect` says. An exception there is a 502, as on API Gateway. */
export async function accepted({ connect }: EdgeHandlers, event: GatewayEvent): Promise<GatewayResult> {
  try {
    return await connect(event);
  } catch {
    return { statusCode: 502 };
  }
}

export function isAccepted({ statusCode }: GatewayResult): boolean {
  return statusCode >= 200 && statusCode <= 299;
}
