import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Log } from "../../functions/ports.ts";
import {
  type LmdbEnvironmentOptions,
  openLmdbEnvironment,
} from "../../infra/local/records/lmdb-environment.ts";
import { passingFolder } from "../support/stack.ts";

/** A log that keeps the events. */
function keptLog(): Log & { readonly events: readonly string[] } {
  const events: string[] = [];
  const keep = (event: string) => void events.push(event);
  return { events, debug: keep, info: keep, warn: keep, error: keep };
}

async function opened(folder: string, options: Partial<LmdbEnvironmentOptions> = {}) {
  const environment = await openLmdbEnvironment(folder, { log: keptLog(), bootId: "this run", ...options });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= environment.close();
    return closing;
  };
  onTestFinished(close);
  return { root: environment.root, close };
}

test("what is written is there after a proper end, whatever the machine did since", async () => {
  const folder = passingFolder();
  const before = await opened(folder);
  await before.root.put("key", "value");
  await before.close();
  const log = keptLog();
  const { root } = await opened(folder, { log, bootId: "another run" });
  expect(root.get("key")).toBe("value");
  expect(log.events).toEqual([]);
});

test("files that were in use when the machine went down are not trusted: the last checkpoint is taken, and said", async () => {
  const folder = passingFolder();
  const before = await opened(folder, { checkpointInterval: 1 });
  await before.root.put("key", "checked");
  const checkpoint = join(folder, "checkpoint.mdb");
  const isChecked = () => existsSync(checkpoint) && readFileSync(checkpoint).includes("checked");
  await expect.poll(isChecked, { interval: 1 }).toBe(true);
  const afterCrash = passingFolder();
  cpSync(folder, afterCrash, { recursive: true });
  const log = keptLog();
  const { root } = await opened(afterCrash, { log, bootId: "another run" });
  expect(root.get("key")).toBe("checked");
  expect(log.events).toEqual(["the machine went down while records were in use"]);
});

test("a run that ended properly leaves a checkpoint of all it wrote to the next, should the machine go down at once", async () => {
  const folder = passingFolder();
  const before = await opened(folder);
  await before.root.put("key", "closed");
  await before.close();
  const afterCrash = passingFolder();
  cpSync(folder, afterCrash, { recursive: true });
  writeFileSync(join(afterCrash, "boot"), "this run 1");
  const { root } = await opened(afterCrash, { bootId: "another run" });
  expect(root.get("key")).toBe("closed");
});

test("without a checkpoint there is nothing to take, and the start is clean", async () => {
  const folder = passingFolder();
  const before = await opened(folder);
  await before.root.put("key", "value");
  const afterCrash = passingFolder();
  cpSync(folder, afterCrash, { recursive: true });
  rmSync(join(afterCrash, "checkpoint.mdb"), { force: true });
  const { root } = await opened(afterCrash, { bootId: "another run" });
  expect(root.get("key")).toBeUndefined();
  expect(await root.put("key", "new")).toBe(true);
});

test("where runs of the machine cannot be told apart, a commit waits for the disk and nothing is marked", async () => {
  const folder = passingFolder();
  const { root } = await opened(folder, { bootId: null });
  expect(await root.put("key", "value")).toBe(true);
  expect(existsSync(join(folder, "boot"))).toBe(false);
});
