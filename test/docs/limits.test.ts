import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { VARIABLES } from "../../infra/local/variables.ts";

// docs/limits.md says what is so: its variables, their defaults, and where the rest stands.

const FILE = new URL("../../docs/limits.md", import.meta.url);
const TEXT = readFileSync(FILE, "utf8");

/** The rows that begin with a variable: its name and its default. */
const ROWS = Array.from(
  TEXT.matchAll(/^\| `([A-Z_]+)` \| (?:`([^`]*)`)? ?\|/gm),
  ([, name = "", fallback = ""]) => [name, fallback],
);

test("every variable of docs/limits.md has the default that it says", () => {
  expect(ROWS.length).toBeGreaterThan(10);
  const defaults = Object.entries(VARIABLES).map(([name, [fallback]]) => [name, fallback]);
  expect(defaults).toEqual(expect.arrayContaining(ROWS));
});

test("every place that docs/limits.md names is there", () => {
  const places = Array.from(TEXT.matchAll(/\]\(([^)#]+)\)/g), ([, place = ""]) => place);
  expect(places.length).toBeGreaterThan(10);
  expect(places.filter((place) => !existsSync(new URL(place, FILE)))).toEqual([]);
});
