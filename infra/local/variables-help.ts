import type { Variables } from "../../functions/config/variables.ts";

/** A line for each variable, for `--help`. */
export function variablesHelp(variables: Variables): string {
  const lines = Object.entries(variables).map(
    ([name, [fallback, meaning]]) =>
      `  ${name.padEnd(19)} ${meaning}${fallback === "" ? "" : ` [${fallback}]`}`,
  );
  return lines.join("\n");
}
