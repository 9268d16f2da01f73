import { createCipheriv } from "node:crypto";

const BLOCK = 16;
const SCRATCH = 4_096;

/** Encrypts what follows the counter block that a message begins with, in place, or decrypts it: both are the same. */
export type CounterMode = (message: Buffer) => void;

/**
 * AES-256 in counter mode (NIST SP 800-38A §6.5) with a fixed key. Node's own builds a cipher for each message, which costs
 * ten times the encryption; this keeps one that encrypts blocks, and feeds it the counters. A test holds it equal to Node's.
 */
export function aesCounterMode(key: Uint8Array): CounterMode {
  const cipher = createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
  const scratch = Buffer.alloc(SCRATCH);
  return (message) => {
    const end = Math.ceil((message.length - BLOCK) / BLOCK) * BLOCK;
    const counters = end <= SCRATCH ? scratch : Buffer.alloc(end);
    for (let at = 0; at < end; at += BLOCK) count(counters, at, message);
    const stream = cipher.update(counters.subarray(0, end));
    for (let at = BLOCK; at < message.length; at++) {
      message[at] = (message[at] ?? 0) ^ (stream[at - BLOCK] ?? 0);
    }
  };
}

/** Writes the counter of the block at this offset: the one before and 1, as one big-endian number. */
function count(counters: Buffer, at: number, first: Buffer): void {
  let carry = at === 0 ? 0 : 1;
  for (let index = BLOCK - 1; index >= 0; index--) {
    const octet = ((at === 0 ? first[index] : counters[at - BLOCK + index]) ?? 0) + carry;
    counters[at + index] = octet & 255;
    carry = octet >> 8;
  }
}
