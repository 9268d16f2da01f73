import { expect, test } from "vitest";
import { type Keyring, keyring } from "../../functions/keyring/keyring.ts";
import { selfTest } from "../../functions/keyring/self-test.ts";

const ring = keyring([{ id: "1", key: Buffer.alloc(32, 1) }]);

test("keys that do what they are for pass", () => {
  expect(() => selfTest(ring)).not.toThrow();
});

test.each<[string, Partial<Keyring>]>([
  ["does not open what it sealed", { open: () => undefined }],
  ["opens whatever it is given", { open: () => "sip:alice@example.com" }],
  ["seals with no key, or another one", { seal: keyring([{ id: "t", key: Buffer.alloc(32, 7) }]).seal }],
  [
    "hashes without its key",
    { mac: (purpose, ...parts) => keyring([{ id: "t", key: Buffer.alloc(32, 7) }]).mac(purpose, ...parts) },
  ],
  ["forgets the context", { open: (purpose, token) => ring.open(purpose, token, "call-1") }],
  ["forgets the purpose", { open: (_, token, context) => ring.open("self-test", token, context) }],
])("a keyring that %s is not started with", (_, wrong) => {
  expect(() => selfTest({ ...ring, ...wrong })).toThrow("self-test failed");
});
