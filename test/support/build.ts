import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Builds what `npm start` builds: the tests that use a browser look at the page as people get it. */
export function setup(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL("../../infra/build.mjs", import.meta.url))], {
    stdio: "inherit",
  });
}
