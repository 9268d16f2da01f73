import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readSecrets } from "../../functions/config/read-secrets.ts";
import { keyring } from "../../functions/keyring/keyring.ts";
import { keptSecrets, passingSecret } from "../../infra/local/secret.ts";

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
  expect(keptSecrets(folder).map(({ key }) => key.length)).toEqual([32]);
});

test("the secret can be read by its owner only", () => {
  keptSecrets(directory);
  expect(statSync(keyFile(directory)).mode & 0o777).toBe(0o600);
});

test("the secret is the same after a restart: what it sealed can be opened", () => {
  const token = keyring(keptSecrets(directory)).seal("purpose", "text", "context");
  expect(keyring(keptSecrets(directory)).open("purpose", token, "context")).toBe("text");
});

test("every installation has a secret of its own", () => {
  const other = join(directory, "other");
  expect(keptSecrets(directory)).not.toEqual(keptSecrets(other));
});

test("a secret that is there is never written to, even where it could not be", () => {
  const secrets = keptSecrets(directory);
  chmodSync(keyFile(directory), 0o400);
  expect(keptSecrets(directory)).toEqual(secrets);
});

test("a secret that was cut short is not used", () => {
  keptSecrets(directory);
  writeFileSync(keyFile(directory), "c2hvcnQ=");
  expect(() => keptSecrets(directory)).toThrow("32 octets or more");
});

test("a key that is put before the others seals, and all of them open: so keys are replaced while calls go on", () => {
  const before = keyring(keptSecrets(directory)).seal("purpose", "text", "context");
  const file = keyFile(directory);
  writeFileSync(file, `2:${Buffer.alloc(32, 2).toString("base64")}\n${readFileSync(file, "utf8")}\n`);
  const ring = keyring(keptSecrets(directory));
  expect(ring.open("purpose", before, "context")).toBe("text");
  expect(ring.seal("purpose", "text", "context")).toMatch(/^2\./);
});

test.each([
  ["no base64", "2:!", "key 1 must be ID:BASE64"],
  ["an id with other characters", `a-b:${"A".repeat(43)}=`, "key 1 must be ID:BASE64"],
  ["too long an id", `${"a".repeat(9)}:${"A".repeat(43)}=`, "key 1 must be ID:BASE64"],
  ["too short a key", "2:AAAA", "key 1 must be ID:BASE64"],
])("a key that cannot be one is refused without a word of what it says: %s", (_, text, problem) => {
  const refused = () => readSecrets([text], "SECRET_KEYS");
  expect(refused).toThrow(`SECRET_KEYS: ${problem}`);
  expect(refused).not.toThrow(text);
});

test("two keys of one id are refused: nobody could tell which one sealed", () => {
  const key = Buffer.alloc(32, 1).toString("base64");
  expect(() => readSecrets([`1:${key}`, key], "SECRET_KEYS")).toThrow("two keys have the id 1");
});

test("a folder that cannot be written is a fault, not a start without a secret", () => {
  const file = join(directory, "file");
  writeFileSync(file, "");
  expect(() => keptSecrets(join(file, "sipwake"))).toThrow("ENOTDIR");
});

test("a passing secret lives as long as its process, and nothing is written", () => {
  const [one, other] = [passingSecret(), passingSecret()];
  expect(one.key).toHaveLength(32);
  expect(one.key).not.toEqual(other.key);
  expect(readdirSync(directory)).toEqual([]);
});
