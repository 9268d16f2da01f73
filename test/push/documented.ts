import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const DOCS = resolve(import.meta.dirname, "../../docs");

/** The examples of docs/push-payload.md by the words behind their fences: "fields call", "sns GCM call". */
const EXAMPLES: ReadonlyMap<string, string> = new Map(
  Array.from(page().matchAll(/^```(?:json|text) (.+)\n([\s\S]*?)\n```$/gm), ([, name = "", text = ""]) => [
    name,
    text,
  ]),
);

/** The names of all examples whose name begins with this word. */
export function exampleNames(word: string): readonly string[] {
  return [...EXAMPLES.keys()].filter((name) => name.startsWith(`${word} `));
}

/** An example as it stands there. */
export function exampleText(name: string): string {
  const text = EXAMPLES.get(name);
  if (text === undefined) throw new Error(`docs/push-payload.md has no example "${name}"`);
  return text;
}

/** An example's value; its fields are in the order in which they stand there. */
export function example(name: string): unknown {
  return JSON.parse(exampleText(name));
}

/** The cells of the row of a table that begins with this cell; of the last such row. */
export function row(first: string): readonly string[] {
  const rows = page()
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter((cells) => cells[1] === first);
  return rows.at(-1)?.slice(2, -1) ?? [];
}

/** The schema beside it. */
export function schema(): object {
  return JSON.parse(readFileSync(join(DOCS, "push-payload.schema.json"), "utf8"));
}

function page(): string {
  return readFileSync(join(DOCS, "push-payload.md"), "utf8");
}
