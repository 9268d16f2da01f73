import { chmodSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { publicKeyOf } from "../../functions/config/vapid-key.ts";
import { keptVapidKeys, passingVapidKeys } from "../../infra/local/vapid.ts";
import { passingFolder } from "../support/stack.ts";

/** The only file in the folder. */
function keyFile(folder: string): string {
  const files = readdirSync(folder);
  expect(files).toHaveLength(1);
  return join(folder, files[0] ?? "");
}

test("the keys are made at the first start, in a folder that need not exist yet, and are the same after a restart", () => {
  const folder = join(passingFolder(), "var", "sipwake");
  const made = keptVapidKeys(folder);
  expect(Buffer.from(made.privateKey, "base64url")).toHaveLength(32);
  expect(Buffer.from(made.publicKey, "base64url")).toHaveLength(65);
  expect(keptVapidKeys(folder)).toEqual(made);
});

test("the private key can be read by its owner only", () => {
  const folder = passingFolder();
  keptVapidKeys(folder);
  expect(statSync(keyFile(folder)).mode & 0o777).toBe(0o600);
});

test("a key that is there is never written to, even where it could not be", () => {
  const folder = passingFolder();
  const made = keptVapidKeys(folder);
  chmodSync(keyFile(folder), 0o400);
  expect(keptVapidKeys(folder)).toEqual(made);
});

test.each(["", "short", "!".repeat(43)])(
  "a file that holds %j and no key is a fault that names it, and not what is in it",
  (text) => {
    const folder = passingFolder();
    keptVapidKeys(folder);
    const file = keyFile(folder);
    writeFileSync(file, text);
    expect(() => keptVapidKeys(folder)).toThrow(`${file} holds no VAPID key`);
  },
);

test("passing keys are others each time, and a pair", () => {
  const [one, other] = [passingVapidKeys(), passingVapidKeys()];
  expect(one.privateKey).not.toBe(other.privateKey);
  expect(publicKeyOf(one.privateKey)).toBe(one.publicKey);
});
