import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Builds what `npm start` builds, as the tests that use a browser look at the page as people get it, and what is deployed. */
export function setup(): void {
  for (const script of ["build.mjs", "bundle.mjs"]) {
    execFileSync(process.execPath, [fileURLToPath(new URL(`../../infra/${script}`, import.meta.url))], {
      stdio: "inherit",
    });
  }
}
