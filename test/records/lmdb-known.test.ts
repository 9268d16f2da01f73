import { rmSync } from "node:fs";
import { open, type RootDatabase } from "lmdb";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Commits } from "../../infra/local/records/lmdb-commits.ts";
import { KnownDatabase } from "../../infra/local/records/lmdb-known.ts";
import { temporaryDirectory } from "./homes.ts";

let directory: string;
let root: RootDatabase;
let known: KnownDatabase<string>;

beforeEach(() => {
  directory = temporaryDirectory();
  root = open({ path: directory, maxDbs: 2 });
  known = new KnownDatabase(root.openDB<string, string>({ name: "k", useVersions: true }));
  known.transaction(() => known.put("kept", "as it was", 1));
});
afterEach(async () => {
  await root.close();
  rmSync(directory, { recursive: true });
});

const fails = () => {
  throw new Error("no space left on device");
};

test("a transaction that is undone leaves nothing at hand that is not there", () => {
  const undone = () =>
    known.transaction(() => {
      known.put("kept", "changed", 2);
      known.put("new", "made", 1);
      fails();
    });
  expect(undone).toThrow("no space left");
  expect(known.entry("kept")).toMatchObject({ value: "as it was", version: 1 });
  expect(known.entry("new")).toBeUndefined();
});

test("a turn of writes that could not be committed is told so to each, and is not at hand", async () => {
  // As LMDB does on a full disk: it fails at the end, when every write of the turn has been made.
  const full = {
    transactionSync: (work: () => unknown) =>
      root.transactionSync(() => {
        work();
        return fails();
      }),
  } as unknown as RootDatabase;
  const commits = new Commits(full, () => known.forgetAll());
  const put = (value: string) => () => {
    known.put("kept", value, 2);
    return true;
  };
  const written = await Promise.allSettled([commits.add(put("one")), commits.add(put("other"))]);
  expect(written.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(known.entry("kept")).toMatchObject({ value: "as it was", version: 1 });
});

test("what was removed is not at hand", () => {
  expect(known.entry("kept")).toBeDefined();
  known.transaction(() => known.remove("kept"));
  expect(known.entry("kept")).toBeUndefined();
});
