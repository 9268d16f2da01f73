/** A row of a CSV file of users; undefined `user` for a row that cannot be read. */
export interface UserRow {
  /** The line of the file, from 1. */
  readonly row: number;
  readonly user: readonly [name: string, password: string] | undefined;
}

/** A name that may be quoted, since SIP's may have commas, and all of the rest. */
const ROW = /^("(?:[^"]|"")*"|[^,]*),(.*)$/s;

/**
 * The rows of a CSV text of `user,password` rows (RFC 4180, a line each; a first row that says just that is a heading).
 * Empty rows are left out.
 */
export function* userRows(text: string): Generator<UserRow> {
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  for (let row = 1; at < text.length; row++) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(at, end > at && text[end - 1] === "\r" ? end - 1 : end);
    at = end + 1;
    if (line.trim() === "" || (row === 1 && line.toLowerCase() === "user,password")) continue;
    const [name = "", password = ""] = ROW.exec(line)?.slice(1).map(unquoted) ?? [];
    yield { row, user: name === "" || password === "" ? undefined : [name, password] };
  }
}

function unquoted(field: string): string {
  const isQuoted = field.length >= 2 && field.startsWith('"') && field.endsWith('"');
  return isQuoted ? field.slice(1, -1).replaceAll('""', '"') : field;
}
