import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Template } from "./template.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What would go up. */
export interface Packaged {
  /** Where the zip files are, each named after its function. */
  readonly folder: string;
  /** The file of the template. */
  readonly file: string;
  readonly template: Template;
}

/**
 * What `npm run package` makes of the bundles, for a stage whose settings are in a file. Needs no account and no network. The work
 * is done in a folder that there is not yet: in the project's, runs would get into each other's way.
 */
export async function packaged(stage: string, stageFile: string, work: string): Promise<Packaged> {
  mkdirSync(work);
  // osls takes no link for its file.
  cpSync(join(ROOT, "serverless.yml"), join(work, "serverless.yml"));
  for (const name of ["infra", "dist"]) symlinkSync(join(ROOT, name), join(work, name));
  const osls = join(ROOT, "node_modules/serverless/bin/serverless.js");
  const env = { PATH: process.env["PATH"], HOME: work, STAGE_FILE: stageFile };
  await promisify(execFile)(process.execPath, [osls, "package", "--stage", stage], { cwd: work, env });
  const folder = join(work, ".serverless");
  const file = join(folder, "cloudformation-template-update-stack.json");
  return { folder, file, template: JSON.parse(readFileSync(file, "utf8")) };
}
