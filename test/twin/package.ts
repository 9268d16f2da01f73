import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Packages what the stories run on. */
export function setup(): void {
  execFileSync("npm", ["run", "--silent", "twin:package"], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    stdio: "inherit",
  });
}
