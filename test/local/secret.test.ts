import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keyring } from "../../functions/keyring/keyring.ts";
import { keptSecret, passingSecret } from "../../infra/local/secret.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sipwake-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** The only file in the folder. */
function keyFile(folder: string): string {
  const files = readdirSync(folder);
  expect(files).toHaveLength(1);
  return join(folder, files[0] ?? "");
}

test("the secret is made at the first start, in a folder that need not exist yet", () => {
  const folder = join(directory, "var", "sipwake");
  expect(keptSecret(folder).key).toHaveLength(32);
});

test("the secret can be read by its owner only", () => {
  keptSecret(directory);
  expect(statSync(keyFile(directory)).mode & 0o777).toBe(0o600);
});

test("the secret is the same after a restart: what it sealed can be opened", () => {
  const token = keyring([keptSecret(directory)]).seal("purpose", "text", "context");
  expect(keyring([keptSecret(directory)]).open("purpose", token, "context")).toBe("text");
});

test("every installation has a secret of its own", () => {
  const other = join(directory, "other");
  expect(keptSecret(directory).key).not.toEqual(keptSecret(other).key);
});

test("a secret that is there is never written to, even where it could not be", () => {
  const { key } = keptSecret(directory);
  chmodSync(keyFile(directory), 0o400);
  expect(keptSecret(directory).key).toEqual(key);
});

test("a secret that was cut short is not used: the keyring refuses it", () => {
  keptSecret(directory);
  writeFileSync(keyFile(directory), "c2hvcnQ=");
  expect(() => keyring([keptSecret(directory)])).toThrow("needs at least 32");
});

test("a folder that cannot be written is a fault, not a start without a secret", () => {
  const file = join(directory, "file");
  writeFileSync(file, "");
  expect(() => keptSecret(join(file, "sipwake"))).toThrow("ENOTDIR");
});

test("a passing secret lives as long as its process, and nothing is written", () => {
  const [one, other] = [passingSecret(), passingSecret()];
  expect(one.key).toHaveLength(32);
  expect(one.key).not.toEqual(other.key);
  expect(readdirSync(directory)).toEqual([]);
});
