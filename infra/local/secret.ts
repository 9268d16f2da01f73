import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FIRST_KEY, KEY_OCTETS, readSecrets } from "../../functions/config/read-secrets.ts";
import type { Secret } from "../../functions/keyring/keyring.ts";
import type { LocalConfig } from "./config.ts";

const FILE = "secret.key";

/** The keys that the stack goes by: those of the environment, or the kept ones; for records that pass, one that passes. */
export function secretsOf({ secretKeys, records, dataDir }: LocalConfig): readonly Secret[] {
  if (secretKeys.length > 0) return secretKeys;
  return records === "memory" ? [passingSecret()] : keptSecrets(dataDir);
}

/**
 * The keys that seal tokens, one made at the first start and kept with the records: calls and nonces outlive a restart. A line
 * each, the one that seals first: to rotate, put a new one before the others. Readable by its owner only. Throws what is wrong
 * with the file, without what it holds.
 */
export function keptSecrets(directory: string): readonly Secret[] {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, FILE);
  try {
    // Fails if there is one already, also if another process is making it right now.
    writeFileSync(file, randomBytes(KEY_OCTETS).toString("base64"), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const lines = readFileSync(file, "utf8").split("\n");
  return readSecrets(
    lines.filter((line) => line.trim() !== ""),
    file,
  );
}

/** A key for as long as this process lives. */
export function passingSecret(): Secret {
  return { id: FIRST_KEY, key: randomBytes(KEY_OCTETS) };
}
