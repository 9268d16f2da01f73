import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Dispatcher } from "undici";
import { onTestFinished } from "vitest";
import { jsonLog } from "../../functions/log.ts";
import { loadConfig } from "../../infra/local/config.ts";
import type { SnsDouble } from "../../infra/local/sns/sns-double.ts";
import { type LocalStack, startLocalStack } from "../../infra/local/stack.ts";

const PAGE = new URL("../../dist/page/", import.meta.url);

/** A folder that goes away with the test. */
export function passingFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sipwake-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What stories ask of a stack: one whose pushes go to the double. */
export interface TestStack extends Omit<LocalStack, "edge"> {
  readonly sns: SnsDouble;
  readonly edge: { readonly connections: number };
}

/**
 * What `npm start` runs, its pushes to the double, on a free port, for the users alice, bob and carol (password `sipwake`), until the
 * test ends. Records are LMDB's, in a folder of the test's unless `environment` names one. `clock` is in ms since 1970. `hear` gets
 * every line of the log, down to the last detail. `dispatcher` connects to browsers' push services. In the twin's suite, the packaged
 * functions on a stand-in for AWS instead.
 */
export async function localStack(
  environment: Readonly<Record<string, string>> = {},
  clock: () => number = Date.now,
  hear?: (line: string) => void,
  dispatcher?: Dispatcher,
): Promise<TestStack> {
  if (process.env["STACK"] === "twin") {
    const { twinStack } = await import("../twin/twin-stack.ts");
    return twinStack(environment, clock, { hear });
  }
  const config = loadConfig({
    PORT: "0",
    SIP_USERS: "alice:sipwake,bob:sipwake,carol:sipwake",
    DATA_DIR: environment["DATA_DIR"] ?? passingFolder(),
    ...environment,
  });
  const complain = (line: string) => process.stderr.write(line);
  const log = hear ? jsonLog("debug", hear, Date.now) : jsonLog("error", complain, Date.now);
  const stack = await startLocalStack(config, PAGE, log, clock, dispatcher);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= stack.close();
    return closing;
  };
  onTestFinished(close);
  const { sns } = stack;
  if (sns === undefined) throw new Error("pushes go to real services");
  return { ...stack, sns, close };
}
