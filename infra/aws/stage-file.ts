import { parseEnv } from "node:util";
import type { Environment } from "../../functions/config/reading.ts";

/** `NAME=` at the beginning of a line, which is all that there is but comments and empty lines. */
const ENTRY = /^([A-Za-z_]\w*)=/;

/**
 * What a stage's file sets, read as Node reads its `--env-file`; what is empty is not set. Lines that are nothing, and names that are set
 * twice, are problems.
 */
export function stageFile(text: string, problems: string[]): Environment {
  const names = new Set<string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const name = ENTRY.exec(line)?.[1];
    // Not the line itself: it may be half a secret.
    if (name === undefined) problems.push(`line ${index + 1} must be NAME=value, or a comment behind #`);
    else if (names.has(name)) problems.push(`line ${index + 1} sets ${name} again`);
    else names.add(name);
  }
  return Object.fromEntries(Object.entries(parseEnv(text)).filter(([, value]) => value !== ""));
}
