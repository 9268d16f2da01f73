import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

// SECURITY.md says which test holds each line of its table: it is true as long as these tests are there, by these names.

const FILE = new URL("../../SECURITY.md", import.meta.url);
const TEXT = readFileSync(FILE, "utf8");
const ROWS = TEXT.split("\n").filter(
  (line) => line.startsWith("| ") && !/^\| (?:---|what happened)/.test(line),
);

/** The tests that a text names: a file, and the titles behind it. */
function named(text: string): readonly (readonly [file: string, titles: readonly string[]])[] {
  return Array.from(
    text.matchAll(/\]\((test\/[^)]+\.ts)\)((?:,? "[^"]+")*)/g),
    ([, file = "", titles = ""]) => [
      file,
      Array.from(titles.matchAll(/"([^"]+)"/g), ([, title = ""]) => title),
    ],
  );
}

/** Whether a source has a string that is this title, or `test.each` makes it of one. */
function hasTitle(source: string, title: string): boolean {
  return ['"', "'", "`"].some((quote) => source.includes(`${quote}${title.replaceAll("\\|", "|")}${quote}`));
}

test("every line of the table says what holds, and by which test, or why it does not concern us", () => {
  expect(ROWS.length).toBeGreaterThan(50);
  for (const row of ROWS) {
    const cells = row.split(/(?<!\\) \| /);
    expect(cells, row).toHaveLength(3);
    const held = cells[2] ?? "";
    const titles = named(held).flatMap(([, each]) => each);
    expect(titles.length > 0 || held.startsWith("not here: "), row).toBe(true);
  }
});

test("every test that SECURITY.md names is there, by that title", () => {
  const missing: string[] = [];
  for (const [file, titles] of named(TEXT)) {
    const url = new URL(file, FILE);
    const source = existsSync(url) ? readFileSync(url, "utf8") : "";
    if (source === "") missing.push(file);
    for (const title of titles) if (!hasTitle(source, title)) missing.push(`${file}: ${title}`);
  }
  expect(missing).toEqual([]);
});

test("every place that SECURITY.md names is there", () => {
  const places = Array.from(TEXT.matchAll(/\]\(([^)#:]+)\)/g), ([, place = ""]) => place);
  expect(places.filter((place) => !existsSync(new URL(place, FILE)))).toEqual([]);
});

test("every file of test/threats is named", () => {
  const files = ["abuse", "privacy", "regexes", "serverless", "stacks", "strangers", "timing", "websocket"];
  for (const file of files) expect(TEXT).toContain(`(test/threats/${file}.test.ts)`);
});
