import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TemplateFile, TemplateModel } from "@aws/cloudformation-validate";
import { expect, test } from "vitest";
import { readCommandLine } from "../../infra/cli/command-line.ts";
import { EDGE_VARIABLES } from "../../infra/local/variables.ts";

// docs/self-hosting.md can be followed: its commands, variables, parameters and places are there.

const FILE = new URL("../../docs/self-hosting.md", import.meta.url);
const TEXT = readFileSync(FILE, "utf8");

test("every command of sipwake is one", () => {
  const commands = Array.from(
    TEXT.matchAll(
      /(?:^|`)(?:npx |docker exec -it |[A-Z]+=\w+ )*sipwake (?:node dist\/sipwake\.js )?([a-z][^`\n<]*[^`\n< ])/gm,
    ),
    ([, words = ""]) => words,
  );
  expect(commands).toEqual(
    expect.arrayContaining(["edge", "user add alice", "calls CALL-ID", "aws setup-push"]),
  );
  for (const words of commands) {
    const parse = () =>
      readCommandLine(words === "aws setup-push" ? [...words.split(" "), "--help"] : words.split(" "));
    expect(parse, words).not.toThrow();
  }
});

test("every variable is the edge's", () => {
  const [known, others] = [Object.keys(EDGE_VARIABLES), ["AWS_REGION", "CALL-ID"]];
  const quoted = TEXT.matchAll(/`([A-Z]+_[A-Z_]+|HOST|PORT|TABLE|RECORDS|ORIGINS)(?:=[^`]*)?`/g);
  const inBlocks = TEXT.matchAll(/(?:^|\s)([A-Z]+_[A-Z_]+|HOST|TABLE|RECORDS)=/gm);
  const names = [...quoted, ...inBlocks].map(([, name = ""]) => name);
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !known.includes(name) && !others.includes(name))).toEqual([]);
});

test("every parameter that the template must be given is given, and every one that is given is one", () => {
  const model = new TemplateModel(
    new TemplateFile(fileURLToPath(new URL("../infra/fargate/template.yml", FILE))),
  );
  const parameters = Object.entries(model.parameters());
  const [, block = ""] = /--parameter-overrides \\\n([\s\S]*?)```/.exec(TEXT) ?? [];
  const given = Array.from(block.matchAll(/(?:^|\s)([A-Z]\w+)=/g), ([, name = ""]) => name);
  expect(given.filter((name) => !parameters.some(([parameter]) => parameter === name))).toEqual([]);
  const needed = parameters.filter(([, { default: fallback }]) => fallback === null).map(([name]) => name);
  expect(needed.length).toBeGreaterThan(5);
  expect(needed.filter((name) => !given.includes(name))).toEqual([]);
  model.free();
});

test("every place that it names is there, and every heading", () => {
  const links = Array.from(
    TEXT.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g),
    ([, place, heading]) => ({
      place: place === "" || place === undefined ? "self-hosting.md" : place,
      heading,
    }),
  );
  expect(links.length).toBeGreaterThan(10);
  for (const { place, heading } of links) {
    const target = new URL(place, FILE);
    expect(existsSync(target), place).toBe(true);
    if (heading === undefined) continue;
    const headings = Array.from(readFileSync(target, "utf8").matchAll(/^#+ (.*)$/gm), ([, words = ""]) =>
      words
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, "")
        .replaceAll(" ", "-"),
    );
    expect(headings, `${place}#${heading}`).toContain(heading);
  }
});
