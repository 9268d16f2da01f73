import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publicKeyOf, type VapidKeys } from "../../functions/config/vapid-key.ts";

const FILE = "vapid.key";
/** Octets of a private key. */
const OCTETS = 32;

/**
 * The keys made at the first start and kept with the records: browsers subscribe with them, and would have to subscribe anew
 * with others. Readable by their owner only. Throws if the file holds something else.
 */
export function keptVapidKeys(directory: string): VapidKeys {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, FILE);
  try {
    // Fails if there is one already, also if another process is making it right now.
    writeFileSync(file, `${passingVapidKeys().privateKey}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const privateKey = readFileSync(file, "utf8").trim();
  const publicKey = publicKeyOf(privateKey);
  if (publicKey === undefined)
    throw new Error(`${file} holds no VAPID key; remove it to have another one made`);
  return { publicKey, privateKey };
}

/** Keys for as long as this process lives. */
export function passingVapidKeys(): VapidKeys {
  for (;;) {
    // Node 20 can lock up for ever when it exports a key that it has just made, so the key is drawn. Nearly every number is one.
    const privateKey = randomBytes(OCTETS).toString("base64url");
    const publicKey = publicKeyOf(privateKey);
    if (publicKey !== undefined) return { publicKey, privateKey };
  }
}
