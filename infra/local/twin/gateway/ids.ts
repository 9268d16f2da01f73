import { randomBytes } from "node:crypto";

/** A connection or a request as API Gateway names it: `RYGzEcSNvHcCH8A=`. */
export function gatewayId(): string {
  return `${randomBytes(11).toString("base64url")}=`;
}

/** Whether it could be the id of a connection; API Gateway tells 400 from 410 by that. */
export function isGatewayId(id: string): boolean {
  return /^[\w-]{15}=$/.test(id);
}

/** What X-Ray calls a request. */
export function traceId(now: number): string {
  const seconds = Math.floor(now / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString("hex")}`;
}
