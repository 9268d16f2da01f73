import fc from "fast-check";
import { expect, test } from "vitest";
import { keyring, type Secret } from "../../functions/keyring/keyring.ts";
import { octetsOfBytes } from "../../functions/sip/octets.ts";

const OLD: Secret = { id: "old", key: Buffer.alloc(32, 1) };
const NEW: Secret = { id: "new", key: Buffer.alloc(32, 2) };
const ring = keyring([OLD]);
const octets = fc.uint8Array({ maxLength: 80 }).map((bytes) => octetsOfBytes(Buffer.from(bytes)));

test("what was sealed opens again, for its purpose and context", () => {
  fc.assert(
    fc.property(octets, octets, (text, context) => {
      expect(ring.open("dialog", ring.seal("dialog", text, context), context)).toBe(text);
    }),
  );
});

test("a token opens for no other purpose and in no other context", () => {
  const token = ring.seal("dialog", "sip:alice@example.com", "call-1");
  expect(ring.open("nonce", token, "call-1")).toBeUndefined();
  expect(ring.open("dialog", token, "call-2")).toBeUndefined();
  expect(ring.open("dialog", token, "")).toBeUndefined();
});

test("a token with any one character altered, added or missing does not open", () => {
  const token = ring.seal("dialog", "sip:alice@example.com\n<urn:uuid:1>;1", "call-1");
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+/=%~ ";
  for (let at = 0; at <= token.length; at++) {
    const [before, after] = [token.slice(0, at), token.slice(at + 1)];
    const altered = Array.from(alphabet, (character) => before + character + after);
    const added = Array.from(alphabet, (character) => before + character + token.slice(at));
    for (const other of [...altered, ...added, before + after]) {
      if (other !== token) expect(ring.open("dialog", other, "call-1"), other).toBeUndefined();
    }
  }
});

test.each(["", ".", "old", "old.", "old.AAAA", "none.AAAAAAAAAAAAAAAAAAAAAAAA", "sip:alice@example.com"])(
  "%j is no token and opens to nothing",
  (token) => expect(ring.open("dialog", token, "")).toBeUndefined(),
);

test("a token tells nothing of its text and is fit for a SIP user part (RFC 3261 §25.1)", () => {
  fc.assert(
    fc.property(octets, (text) => {
      expect(ring.seal("dialog", text, "call-1")).toMatch(/^old\.[A-Za-z0-9_-]+$/);
    }),
  );
  const token = ring.seal("dialog", "sip:alice@example.com", "call-1");
  expect(Buffer.from(token.slice(4), "base64url").toString("latin1")).not.toContain("alice");
});

test("the same thing is said twice: sealing and hashing are functions of their input", () => {
  const other = keyring([{ id: "old", key: Buffer.alloc(32, 1) }]);
  expect(other.seal("dialog", "text", "call-1")).toBe(ring.seal("dialog", "text", "call-1"));
  expect(other.mac("fork", "a", "b")).toBe(ring.mac("fork", "a", "b"));
});

test("after a rotation the new secret makes and the old one still opens", () => {
  const token = ring.seal("dialog", "text", "call-1");
  const rotated = keyring([NEW, OLD]);
  expect(rotated.open("dialog", token, "call-1")).toBe("text");
  expect(rotated.seal("dialog", "text", "call-1")).toBe(keyring([NEW]).seal("dialog", "text", "call-1"));
  expect(rotated.mac("fork", "a")).toBe(keyring([NEW]).mac("fork", "a"));
  expect(rotated.mac("fork", "a")).not.toBe(ring.mac("fork", "a"));
});

test("once the old secret is dropped, or another one took its name, its tokens open no more", () => {
  const token = ring.seal("dialog", "text", "call-1");
  expect(keyring([NEW]).open("dialog", token, "call-1")).toBeUndefined();
  expect(keyring([{ ...NEW, id: "old" }]).open("dialog", token, "call-1")).toBeUndefined();
});

test.each<[string, readonly Secret[], string]>([
  ["none at all", [], "at least one"],
  ["31 octets", [{ id: "a", key: Buffer.alloc(31) }], "at least 32"],
  ["an empty id", [{ id: "", key: Buffer.alloc(32) }], "1 to 8"],
  ["an id with a dot, which ends the id in a token", [{ id: "a.b", key: Buffer.alloc(32) }], "1 to 8"],
  ["an id of nine letters", [{ id: "abcdefghi", key: Buffer.alloc(32) }], "1 to 8"],
  ["an unfit second one", [OLD, { id: "b", key: Buffer.alloc(8) }], "at least 32"],
])("a keyring refuses %s", (_, secrets, problem) => {
  expect(() => keyring(secrets)).toThrow(problem);
});

test("a hash is 22 characters and keeps its parts and purposes apart", () => {
  expect(ring.mac("fork", "a", "b")).toMatch(/^[A-Za-z0-9_-]{22}$/);
  const hashes = [
    ring.mac("fork", "ab", "c"),
    ring.mac("fork", "a", "bc"),
    ring.mac("fork", "abc"),
    ring.mac("fork", "abc", ""),
    ring.mac("fork", "", "abc"),
    ring.mac("fork", "ab\0c"),
    ring.mac("fork", "ab\x001:c"),
    ring.mac("relay", "ab", "c"),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
});

test("different lists of parts never hash alike", () => {
  const parts = fc.array(fc.string({ unit: fc.constantFrom("a", "1", ":", "\0"), maxLength: 4 }), {
    maxLength: 3,
  });
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(other));
      expect(ring.mac("fork", ...one)).not.toBe(ring.mac("fork", ...other));
    }),
  );
});
