import { hash } from "node:crypto";

/** A UUID for the call, as CallKit wants one: the same for all its pushes, the INVITE and any repetition (RFC 9562 §5.8). */
export function uuidOf(callId: string): string {
  const hex = hash("sha256", callId, "hex");
  const variant = "89ab".charAt(Number.parseInt(hex.charAt(16), 16) % 4);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
