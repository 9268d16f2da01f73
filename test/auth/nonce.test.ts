import { expect, test } from "vitest";
import { isFreshNonce, issueNonce, NONCE_LIFETIME, type NonceScope } from "../../functions/auth/nonce.ts";
import { keyring } from "../../functions/keyring/keyring.ts";

const ring = keyring([{ id: "k", key: Buffer.alloc(32, 1) }]);
const NOW = 1_700_000_000_000;
const SCOPE: NonceScope = { realm: "example.com", connection: "ws-1" };
const nonce = issueNonce(ring, SCOPE, NOW);

test("a nonce is good where and when it was issued, as often as it is used", () => {
  expect(isFreshNonce(ring, SCOPE, nonce, NOW)).toBe(true);
  expect(isFreshNonce(ring, SCOPE, nonce, NOW + NONCE_LIFETIME - 1_000)).toBe(true);
});

test.each<[string, NonceScope]>([
  ["another realm", { ...SCOPE, realm: "example.org" }],
  ["another connection", { ...SCOPE, connection: "ws-2" }],
  ["what looks alike when joined", { realm: "example.comws", connection: "-1" }],
])("a nonce overheard is good for nothing in %s (RFC 7616 §5.5)", (_, scope) => {
  expect(isFreshNonce(ring, scope, nonce, NOW)).toBe(false);
});

test.each([
  ["an hour later it is stale", NONCE_LIFETIME, false],
  ["on a clock 20 s behind it is good", -20_000, true],
  ["long before it was issued it is not", -31_000, false],
])("a nonce lives for an hour: %s", (_, elapsed, fresh) => {
  expect(isFreshNonce(ring, SCOPE, nonce, NOW + elapsed)).toBe(fresh);
});

test("nobody makes an old nonce younger, or one of their own", () => {
  const [time = "", mac = ""] = nonce.split(".");
  const later = (Number.parseInt(time, 36) + 3_600).toString(36);
  const foreign = issueNonce(keyring([{ id: "k", key: Buffer.alloc(32, 9) }]), SCOPE, NOW);
  for (const forged of [`${later}.${mac}`, `${time}.`, `${time}`, `.${mac}`, "", `0${nonce}`, foreign]) {
    expect(isFreshNonce(ring, SCOPE, forged, NOW + 1_800_000), forged).toBe(false);
  }
});

test("a nonce needs no quoting (RFC 7616 §3.3) and is derived, not drawn", () => {
  expect(nonce).toMatch(/^[a-z0-9]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{22}$/);
  expect(issueNonce(ring, SCOPE, NOW + 999 - (NOW % 1_000))).toBe(nonce);
});
