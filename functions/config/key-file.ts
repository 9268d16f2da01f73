import { readFileSync } from "node:fs";
import { ConfigError } from "./config-error.ts";

/** What a file holds that a variable names. Throws `ConfigError`. */
export function textIn(variable: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError([`${variable} cannot be read: ${error instanceof Error ? error.message : error}`]);
  }
}

/** The JSON object in a text; undefined for anything else. */
export function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
