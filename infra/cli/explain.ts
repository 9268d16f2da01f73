import { ConfigError } from "../../functions/config/config-error.ts";
import { BadRequest } from "../local/admin/administrator.ts";
import { DoorFailure } from "../local/admin/door-client.ts";

/** What went wrong, in lines for people. Only a bug comes with its stack. */
export function explain(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.problems;
  if (!(error instanceof Error)) return [String(error)];
  if (error instanceof BadRequest || error instanceof DoorFailure) return [error.message];
  if (isBug(error)) return [error.stack ?? error.message];
  // Connecting to several addresses fails with an empty message.
  const { code = error.name } = error as NodeJS.ErrnoException;
  return [error.message === "" ? code : error.message];
}

function isBug(error: Error): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}
