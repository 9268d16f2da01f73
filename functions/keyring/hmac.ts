import { createHmac, hash } from "node:crypto";

const BLOCK = 64;
const DIGEST = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
const SCRATCH = 4_096;

/** A keyed hash: the HMAC of a message given as octets, in the encoding asked for. */
export type Hmac = (message: string, encoding: "binary" | "base64url") => string;

/**
 * HMAC-SHA-256 (RFC 2104) with a fixed key of at most 64 octets, the two padded keys prepared once.
 * Node's `createHmac` builds a stream for each message, which costs more than the hashing; this is two one-shot
 * hashes over buffers kept for the purpose. A test holds it equal to `createHmac`.
 */
export function hmacSha256(key: Uint8Array): Hmac {
  const inner = Buffer.alloc(SCRATCH);
  const outer = Buffer.alloc(BLOCK + DIGEST);
  pad(inner, key, INNER_PAD);
  pad(outer, key, OUTER_PAD);
  return (message, encoding) => {
    if (BLOCK + message.length > SCRATCH) {
      return createHmac("sha256", key).update(message, "latin1").digest(encoding);
    }
    const end = BLOCK + inner.write(message, BLOCK, "latin1");
    outer.write(hash("sha256", inner.subarray(0, end), "binary"), BLOCK, "latin1");
    return hash("sha256", outer, encoding);
  };
}

function pad(block: Buffer, key: Uint8Array, octet: number): void {
  if (key.length > BLOCK)
    throw new Error(`an HMAC key of ${key.length} octets; at most ${BLOCK} fit a block`);
  block.set(key);
  for (let i = 0; i < BLOCK; i++) block[i] = (block[i] ?? 0) ^ octet;
}
