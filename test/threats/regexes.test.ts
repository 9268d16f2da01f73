import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

// No regular expression that reads what comes from the network goes back over what it has read (ReDoS). What is read by hand is counted in
// test/fuzz/linear.test.ts; expressions run inside the engine, where there is nothing to count, so these are held by their form, and by a guard that
// only what is quadratic can break: 20 KB take some 20 µs, and what goes back takes 200 ms.

const ROOT = new URL("../../", import.meta.url).pathname;

/** What runs on the network's input: all functions, but what reads the environment; and the edge. */
const FOLDERS = ["functions", "infra/edge"];
const OF_OURS = "functions/config/";

/** An expression after what can stand before one, and not a division or a comment. */
const LITERAL =
  /(?<=[=(,:?&|!]\s*|\breturn\s+|^\s+)\/(?![*/])((?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\[\n])+)\/([dgimsuvy]*)/gm;

/** The expressions in a source, comments apart. */
function literalsIn(source: string): readonly RegExp[] {
  const code = source.replace(/^\s*(?:\/\*\*|\*|\/\/).*$/gm, "");
  return Array.from(code.matchAll(LITERAL), ([, text = "", flags]) => new RegExp(text, flags));
}

const SOURCES = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name))
    .filter((file) => !file.startsWith(OF_OURS))
    .map((file) => [file, readFileSync(join(ROOT, file), "utf8")] as const),
);

const FOUND = SOURCES.flatMap(([file, source]) =>
  literalsIn(source).map((regex) => [String(regex), file, regex] as const),
);

test("expressions are found wherever one may stand, and nothing else is taken for one", () => {
  const source =
    'a(/b+/);\nc = /[/"]\\/d/gi;\n// not /e/\nreturn /f{2}/u.test(g) ? 1 / 2 : h / i;\n  /^j$/.test(k);\n';
  expect(literalsIn(source).map(String)).toEqual(["/b+/", '/[/"]\\/d/gi', "/f{2}/u", "/^j$/"]);
  expect(FOUND.length).toBeGreaterThan(20);
});

test("none is put together while running", () => {
  expect(SOURCES.filter(([, source]) => /\bRegExp\(/.test(source)).map(([file]) => file)).toEqual([]);
});

/** What is repeated without end holds something that is. */
function isNested(source: string): boolean {
  const bare = source.replace(/\\./g, "e").replace(/\[[^\]]*\]/g, "c");
  return /\)(?:[*+]|\{\d+,\})/.test(bare);
}

test("a repetition within a repetition is known as such", () => {
  expect(["(a+)+", "(?:a|b)*", "(a){2,}", "([)]*)+x"].filter(isNested)).toHaveLength(4);
  expect(["[)]+", "\\)+", "(a){2}", "(?:a+)?"].filter(isNested)).toEqual([]);
});

const TOKENS = /\\p\{[^}]*\}|\\.|\[(?:\\.|[^\]\\])*\]|[^\\[\](){}|*+?^$]/g;
const SAMPLES: Readonly<Record<string, string>> = {
  "\\d": "1",
  "\\w": "a",
  "\\s": " ",
  "\\S": "x",
  "\\r": "\r",
  "\\n": "\n",
  "\\b": "",
  ".": "x",
};

/** A character that a part of an expression stands for, or may. */
function sampleOf(part: string): string {
  if (SAMPLES[part] !== undefined) return SAMPLES[part];
  if (part.startsWith("\\p")) return "\u200b";
  if (part.startsWith("\\")) return part.slice(1);
  if (!part.startsWith("[")) return part;
  const one = new RegExp(`^${part}$`, "u");
  return Array.from("1aZ_ =:\r\n\u200b\u202a~").find((character) => one.test(character)) ?? "x";
}

/** Texts of about this length that an expression may begin to match at many places, or in many ways, and that it does not match in the end. */
function hostile(source: string, length: number): readonly string[] {
  const samples = (source.match(TOKENS) ?? []).map(sampleOf);
  const pumps = samples.flatMap((sample, at) => [
    sample,
    `${sample}${samples[at + 1] ?? ""}`,
    samples.slice(at).join(""),
  ]);
  const texts: string[] = [];
  for (const pump of new Set(pumps.filter((text) => text !== ""))) {
    const pumped = pump.repeat(Math.ceil(length / pump.length));
    for (const at of samples.keys())
      for (const tail of ["\0", "!x"]) texts.push(`${samples.slice(0, at).join("")}${pumped}${tail}`);
  }
  return texts;
}

/** How often an expression is timed: the shortest time is its own, and not that of whatever else the machine does. */
const TIMED = 5;

/** The shortest of the times, in ms, that an expression takes for a text, at every place of it; the first one if that is short. */
function timeOf(regex: RegExp, text: string): number {
  const everywhere = new RegExp(regex.source, regex.flags.includes("g") ? regex.flags : `${regex.flags}g`);
  let shortest = Number.POSITIVE_INFINITY;
  for (let time = 0; time < TIMED && shortest > SHORT; time++) {
    const begun = performance.now();
    text.replace(everywhere, "");
    shortest = Math.min(shortest, performance.now() - begun);
  }
  return shortest;
}

/** In ms: no measure, and no worry. */
const SHORT = 1;

/** Four times the octets may take this many times as long: four times, and more for what is uneven. What is quadratic takes sixteen times as long. */
const MOST = 10;
/** Times below are no measure, in ms: a tenth of what anything quadratic takes. */
const ANYWAY = 20;

function isTooMuch(regex: RegExp, text: string, quarter: string): boolean {
  const time = timeOf(regex, text);
  return time > ANYWAY && time > MOST * timeOf(regex, quarter);
}

/** A text of 20 KB that takes an expression too long, if there is any. */
function overlong(regex: RegExp): string | undefined {
  const quarters = hostile(regex.source, 5_000);
  const found = hostile(regex.source, 20_000).find((text, at) => isTooMuch(regex, text, quarters[at] ?? ""));
  return found?.slice(0, 40);
}

test("the guard would tell: what is quadratic is found", () => {
  expect(overlong(/=+$/)).toBe("=".repeat(40));
  expect(overlong(/\s+x/)).toBe(" ".repeat(40));
});

describe("every expression on the network's input", () => {
  test.each(FOUND)(
    "%s (%s) repeats no repetition, and 20 KB of anything take it no longer than their length",
    (_, _file, regex) => {
      expect(isNested(regex.source)).toBe(false);
      expect(overlong(regex)).toBeUndefined();
    },
  );
});
