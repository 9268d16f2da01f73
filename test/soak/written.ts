import { randomBytes } from "node:crypto";

/** Names what is new: Call-IDs, branches, tags. */
export function fresh(): string {
  return randomBytes(8).toString("hex");
}

/** A message, of its start line and header lines, without Content-Length. */
export function written(lines: readonly string[], body = ""): string {
  return [...lines, `Content-Length: ${body.length}`, "", body].join("\r\n");
}
