import { createCipheriv, randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { aesCounterMode } from "../../functions/keyring/ctr.ts";

const KEY = randomBytes(32);
const cipher = aesCounterMode(KEY);

function encrypted(counter: Uint8Array, data: Uint8Array): Buffer {
  const message = Buffer.concat([counter, data]);
  cipher(message);
  expect(message.subarray(0, 16)).toEqual(Buffer.from(counter));
  return message.subarray(16);
}

function byNode(counter: Uint8Array, data: Uint8Array): Buffer {
  return createCipheriv("aes-256-ctr", KEY, counter).update(data);
}

test("encrypts as Node's AES-256-CTR does, whatever came before (NIST SP 800-38A §6.5)", () => {
  const counters = fc.uint8Array({ minLength: 16, maxLength: 16 });
  fc.assert(
    fc.property(counters, fc.uint8Array({ maxLength: 300 }), (counter, data) => {
      expect(encrypted(counter, data)).toEqual(byNode(counter, data));
    }),
  );
});

test.each([0, 1, 15, 16, 17, 4_095, 4_096, 4_097, 20_000])(
  "also %d octets, and a counter that runs over",
  (length) => {
    const counter = Buffer.alloc(16, 0xff);
    const data = randomBytes(length);
    expect(encrypted(counter, data)).toEqual(byNode(counter, data));
  },
);

test("what is encrypted twice is what it was", () => {
  const counter = randomBytes(16);
  const data = randomBytes(100);
  expect(encrypted(counter, encrypted(counter, data))).toEqual(data);
});
