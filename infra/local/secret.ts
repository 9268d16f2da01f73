import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Secret } from "../../functions/keyring/keyring.ts";

const FILE = "secret.key";
const OCTETS = 32;

/**
 * The key that seals tokens, made at the first start and kept with the records: calls and nonces outlive a restart.
 * Readable by its owner only.
 */
export function keptSecret(directory: string): Secret {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, FILE);
  try {
    // Fails if there is one already, also if another process is making it right now.
    writeFileSync(file, randomBytes(OCTETS).toString("base64"), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return { id: "1", key: Buffer.from(readFileSync(file, "utf8"), "base64") };
}

/** A key for as long as this process lives. */
export function passingSecret(): Secret {
  return { id: "1", key: randomBytes(OCTETS) };
}
