import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ConfigError } from "../../functions/config/config-error.ts";
import { jsonLog } from "../../functions/log.ts";
import type { Certificate } from "../../infra/edge/certificate.ts";
import { readCertificate, watchCertificate } from "../../infra/local/certificate-files.ts";
import { type Certificate as Pair, selfSigned } from "../support/certificate.ts";
import { passingFolder } from "../support/stack.ts";

const POLLING = { interval: 5 };

function filesIn(folder: string) {
  return { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
}

function write(files: { readonly cert: string; readonly key: string }, { cert, key }: Pair): void {
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
}

/** At once: nobody reads half a file. */
function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

test("a certificate is read with its key", async () => {
  const files = filesIn(passingFolder());
  const pair = selfSigned();
  write(files, pair);
  expect(await readCertificate(files)).toEqual(pair);
});

test.each<[string, (files: ReturnType<typeof filesIn>) => void]>([
  ["there are no files", () => {}],
  ["they hold something else", (files) => write(files, { cert: "x", key: "y" })],
  ["the key is another's", (files) => write(files, { ...selfSigned(), key: selfSigned().key })],
])("what is wrong is said by the names of the variables: %s", async (_, prepare) => {
  const files = filesIn(passingFolder());
  prepare(files);
  const error = await readCertificate(files).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).problems.join()).toMatch(/^TLS_CERT_FILE and TLS_KEY_FILE: /);
});

test("another one in the files is told, once; until both belong together the former one stays", async () => {
  const files = filesIn(passingFolder());
  const [first, second] = [selfSigned(), selfSigned()];
  write(files, first);
  const renewed: Certificate[] = [];
  const lines: string[] = [];
  const log = jsonLog("info", (line) => lines.push(line), Date.now);
  const watching = watchCertificate(files, first, (next) => renewed.push(next), log, 1);
  onTestFinished(() => watching.stop());
  const faults = () => lines.filter((line) => line.includes('"fault"')).length;

  replaceFile(files.cert, second.cert);
  await expect.poll(faults, POLLING).toBe(1);
  expect(renewed).toEqual([]);

  replaceFile(files.key, second.key);
  await expect.poll(() => renewed, POLLING).toEqual([second]);

  // What is told again would be told before the next one is.
  const third = selfSigned();
  replaceFile(files.key, third.key);
  await expect.poll(faults, POLLING).toBe(2);
  replaceFile(files.cert, third.cert);
  await expect.poll(() => renewed, POLLING).toEqual([second, third]);
  expect(faults()).toBe(2);
});
