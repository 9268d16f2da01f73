import type { Log, LogFields } from "./ports.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One JSON object per line: time, level, event, fields. Events below the level cost nothing but the call. */
export function jsonLog(least: LogLevel, write: (line: string) => void, clock: () => number): Log {
  const from = LOG_LEVELS.indexOf(least);
  const at = (level: LogLevel) =>
    LOG_LEVELS.indexOf(level) < from
      ? () => {}
      : (event: string, fields: LogFields | (() => LogFields) = {}) => {
          const made = typeof fields === "function" ? fields() : fields;
          write(`${JSON.stringify({ time: new Date(clock()).toISOString(), level, event, ...made })}\n`);
        };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
