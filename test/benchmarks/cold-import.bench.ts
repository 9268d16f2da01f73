import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "vitest";
import { LAMBDA_ENVIRONMENT } from "../cloud/lambda-environment.ts";
import { NEEDED } from "../cloud/needed-actions.ts";
import { passingFolder } from "../support/stack.ts";

// How long a function that starts cold is loaded and set up, in a process of its own, beside one that does nothing.

const ROUNDS = 15;
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** This one, and the one that LAMBDA_NODE names: Lambda's own is 22 or 24. */
const NODES = [process.execPath, process.env["LAMBDA_NODE"] ?? ""].filter((node) => node !== "");
const IMPORT = `const from = performance.now();
await import(process.argv[1]);
process.stdout.write("\\n" + (performance.now() - from));`;

test.each(NODES)("functions start cold: %s", (node) => {
  const bare = join(passingFolder(), "bare.mjs");
  writeFileSync(bare, "export const handler = async () => ({ statusCode: 200 });\n");
  const names = Object.keys(NEEDED);
  const files = [bare, ...names.map((name) => join(ROOT, "dist/functions", name, "index.mjs"))];
  const times = files.map((): number[] => []);
  // In turns, so that what else the machine does slows all of them alike.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, file] of files.entries()) times[index]?.push(importTime(node, file));
  }
  // The fastest of all rounds was disturbed the least.
  const [bareTime = 0, ...others] = times.map((ofOne) => Math.min(...ofOne));
  const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
  process.stdout.write(`${version}: a bare handler is imported in ${bareTime.toFixed(1)} ms\n`);
  for (const [index, time] of others.entries()) {
    process.stdout.write(
      `${names[index]}: ${time.toFixed(0)} ms, ${(time / bareTime).toFixed(1)} times that\n`,
    );
  }
});

function importTime(node: string, file: string): number {
  const args = ["--input-type=module", "--eval", IMPORT, file];
  return Number(execFileSync(node, args, { encoding: "utf8", env: LAMBDA_ENVIRONMENT }).split("\n").at(-1));
}
