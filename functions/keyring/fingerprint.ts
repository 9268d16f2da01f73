import { hash } from "node:crypto";
import type { Octets } from "../sip/octets.ts";

/** What stands for octets of any length where a short name of no special characters is wanted: their SHA-256, in hex. */
export function fingerprint(octets: Octets): string {
  return hash("sha256", Buffer.from(octets, "latin1"), "hex");
}
