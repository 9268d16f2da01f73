import type { ImportRow } from "../local/admin/administrator.ts";
import { explanation, type NameProblem, readUserName } from "../local/admin/user-name.ts";
import { userRows } from "../local/user-rows.ts";
import { rowsCalled } from "./printed.ts";

/** A CSV text of users that was looked through. */
export interface CheckedRows {
  readonly count: number;
  /** What is wrong, a line for each kind, with the numbers of the rows and nothing of what is in them. */
  readonly problems: readonly string[];
}

/** Looks through all rows before any is imported. A user may have one row only: which password were it? */
export function checkRows(text: string, domains: readonly string[]): CheckedRows {
  const faults = new Map<string, number[]>();
  const fault = (what: string, row: number) => {
    const rows = faults.get(what);
    if (rows === undefined) faults.set(what, [row]);
    else rows.push(row);
  };
  const seen = new Set<string>();
  let count = 0;
  for (const { row, user } of userRows(text)) {
    count++;
    const named = user === undefined ? undefined : readUserName(user[0], domains);
    if (named === undefined) fault("must be user,password", row);
    else if (typeof named !== "string") fault(problemOf(named.problem, domains), row);
    else if (seen.has(named)) fault("the user has an earlier row", row);
    else seen.add(named);
  }
  const problems = Array.from(faults, ([what, rows]) => `${rowsCalled(rows)}: ${what}`);
  return { count, problems };
}

/** The rows of a text that was found right, one by one. */
export function* importRows(text: string): Generator<ImportRow> {
  for (const { row, user } of userRows(text)) {
    if (user !== undefined) yield { row, user: user[0], password: user[1] };
  }
}

function problemOf(problem: NameProblem, domains: readonly string[]): string {
  return `the user ${explanation(problem, domains)}`;
}
