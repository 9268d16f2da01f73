import { readFileSync } from "node:fs";

/** What this process has in memory that is no file's, in octets: LMDB's mapped file counts in RSS. Undefined where there is no /proc. */
export function anonymousMemory(): number | undefined {
  try {
    const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
  } catch {
    return undefined;
  }
}
