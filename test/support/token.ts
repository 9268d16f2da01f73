import { randomBytes } from "node:crypto";

/** What nobody else has: a tag, a branch, a Call-ID. */
export function token(): string {
  return randomBytes(8).toString("hex");
}
