/** What would move a terminal's cursor, change its colours, or turn the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu;

const GAP = "   ";

/** Text that others have chosen, made harmless for a terminal. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
}

/** Rows as lines, their columns aligned; the last column is as long as it is. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    });
  }
  const line = (row: readonly string[]) =>
    row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(GAP);
  return rows.map((row) => `${line(row).trimEnd()}\n`).join("");
}

/** `1 contact`, `2 contacts`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** Rows by their numbers, in rising order; those that follow each other as a range: `rows 2-4, 7`. */
export function rowsCalled(numbers: readonly number[]): string {
  const parts: string[] = [];
  let first = numbers[0];
  numbers.forEach((number, index) => {
    if (numbers[index + 1] === number + 1) return;
    parts.push(first === number ? String(number) : `${first}-${number}`);
    first = numbers[index + 1];
  });
  return `row${numbers.length === 1 ? "" : "s"} ${parts.join(", ")}`;
}
