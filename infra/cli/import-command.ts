import { isUtf8 } from "node:buffer";
import type { Administrator } from "../local/admin/administrator.ts";
import { checkRows, importRows } from "./checked-rows.ts";
import { explain } from "./explain.ts";
import { counted, rowsCalled } from "./printed.ts";
import { ProgressBar } from "./progress-bar.ts";
import type { Report } from "./report.ts";

/** What there is to say when a file is not imported because something in it is wrong. */
const NOTHING = "nothing was imported";

/** What became of all rows so far. */
interface Tally {
  added: number;
  changed: number;
  unchanged: number;
  /** Rows of users that are declared elsewhere. */
  readonly declared: number[];
}

/** Imports the users of a CSV file: all that is in `bytes`. Draws its progress on a terminal. */
export async function importUsers(
  administrator: Administrator,
  bytes: Buffer,
  terminal: NodeJS.WriteStream,
): Promise<Report> {
  if (!isUtf8(bytes)) return refused(["the file is not UTF-8"]);
  const text = bytes.toString();
  const { count, problems } = checkRows(text, await administrator.domains());
  if (problems.length > 0) return refused(problems);
  const tally: Tally = { added: 0, changed: 0, unchanged: 0, declared: [] };
  const bar = new ProgressBar(terminal, count);
  const failures: string[] = [];
  try {
    for await (const { added, changed, unchanged, declared } of administrator.importUsers(importRows(text))) {
      tally.added += added;
      tally.changed += changed;
      tally.unchanged += unchanged;
      tally.declared.push(...declared);
      bar.show(doneIn(tally));
    }
  } catch (error) {
    failures.push(...explain(error));
  } finally {
    bar.clear();
  }
  return reportOf(tally, count, failures);
}

function refused(problems: readonly string[]): Report {
  const failures = [...problems, NOTHING];
  return { value: { error: NOTHING, problems }, text: "", failures };
}

function reportOf(tally: Tally, count: number, broken: readonly string[]): Report {
  const { added, changed, unchanged } = tally;
  const declared = tally.declared.toSorted((a, b) => a - b);
  const failures = [...broken];
  if (broken.length > 0) failures.push(`${doneIn(tally)} of ${counted(count, "user")} were gone through`);
  if (declared.length > 0) {
    failures.push(`${rowsCalled(declared)}: declared by SIP_USERS or SIP_USERS_FILE; change them there`);
  }
  const value = { users: count, added, changed, unchanged, declared };
  const asBefore = unchanged === 0 ? "" : `, ${unchanged} as before`;
  return {
    value: failures.length === 0 ? value : { ...value, error: failures.join("; ") },
    text: `${counted(count, "user")}: ${added} added, ${changed} changed${asBefore}\n`,
    failures,
  };
}

function doneIn({ added, changed, unchanged, declared }: Tally): number {
  return added + changed + unchanged + declared.length;
}
