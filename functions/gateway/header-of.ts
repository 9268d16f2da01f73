import type { GatewayHandshake } from "./event.ts";

/** The value of a handshake's header, whose name comes in any case; "" if there is none. `name` in lower case. */
export function headerOf({ headers = {} }: GatewayHandshake, name: string): string {
  const key = Object.keys(headers).find((candidate) => candidate.toLowerCase() === name);
  return key === undefined ? "" : (headers[key] ?? "");
}
