import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hmacSha256 } from "../../functions/keyring/hmac.ts";
import { octetsOfBytes } from "../../functions/sip/octets.ts";

const key = fc.uint8Array({ minLength: 0, maxLength: 64 });

test("our HMAC is that of node:crypto for any key that fits a block and any octets (RFC 2104 §2)", () => {
  const message = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(key, fc.array(message, { minLength: 1, maxLength: 3 }), (secret, messages) => {
      // One HMAC for several messages: nothing of one may stay in the buffers of the next.
      const hmac = hmacSha256(secret);
      for (const octets of messages) {
        const expected = createHmac("sha256", secret).update(octets).digest();
        expect(hmac(octetsOfBytes(Buffer.from(octets)), "base64url")).toBe(expected.toString("base64url"));
        expect(hmac(octetsOfBytes(Buffer.from(octets)), "binary")).toBe(expected.toString("latin1"));
      }
    }),
  );
});

test.each([4_031, 4_032, 4_033, 20_000])("a message of %i octets is hashed whole", (length) => {
  const secret = Buffer.alloc(32, 7);
  const message = "\xe9".repeat(length - 1);
  const expected = (text: string) => createHmac("sha256", secret).update(text, "latin1").digest("base64url");
  const hmac = hmacSha256(secret);
  expect(hmac(`${message}a`, "base64url")).toBe(expected(`${message}a`));
  expect(hmac(`${message}b`, "base64url")).toBe(expected(`${message}b`));
});

test("a key that does not fit a block is refused rather than cut", () => {
  expect(() => hmacSha256(Buffer.alloc(65))).toThrow("65 octets");
});
