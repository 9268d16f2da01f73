import type { Log, LogFields } from "./ports.ts";

/** One line for what should not have happened: where, and the error with its stack. */
export function logFault(log: Log, what: string | number, error: unknown, more: LogFields = {}): void {
  log.error("fault", { ...more, what, error: error instanceof Error ? error.stack : String(error) });
}
