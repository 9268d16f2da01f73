import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PUSH_REGIONS } from "../../infra/aws/push-regions.ts";
import { STAGE_VARIABLES } from "../../infra/aws/stage-variables.ts";
import { readCommandLine } from "../../infra/cli/command-line.ts";
import { countFlows } from "../../infra/cost/flows.ts";
import { VARIABLES } from "../../infra/local/variables.ts";

// docs/deploy.md can be followed: its commands, variables, regions and places are there.

const FILE = new URL("../../docs/deploy.md", import.meta.url);
const TEXT = readFileSync(FILE, "utf8");

test("every command of sipwake is one", () => {
  const commands = Array.from(
    TEXT.replaceAll("\\\n", " ").matchAll(/^npx sipwake (.*)$/gm),
    ([, words = ""]) => words,
  );
  expect(commands.length).toBeGreaterThan(5);
  for (const words of commands) {
    // What stands for what was said before.
    const args = words.replace(" … ", " --fcm f ").split(/\s+/);
    expect(() => readCommandLine(args)).not.toThrow();
  }
});

test("every variable is one of a stage's or of the administrator's", () => {
  const known = [...STAGE_VARIABLES, ...Object.keys(VARIABLES), "AWS_REGION", "AWS_PROFILE", "TABLE"];
  const names = Array.from(TEXT.matchAll(/`([A-Z]+_[A-Z_]+)(?:=[^`]*)?`/g), ([, name = ""]) => name);
  const credentials = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !known.includes(name) && !credentials.includes(name))).toEqual([]);
});

test("the regions are those that are checked", () => {
  const line = /\*\*region from which SNS pushes to phones\*\*: ([^.]*)\./.exec(TEXT)?.[1] ?? "";
  expect(line.split(/,\s+|\s+or\s+/).sort()).toEqual([...PUSH_REGIONS].sort());
});

test("a call is as many messages as it says", async () => {
  const { call } = await countFlows();
  expect(TEXT).toContain(`a call is ${call.frames} (`);
});

test("every alarm that there is, and no other, is in the table", () => {
  const alarms = readFileSync(new URL("../../infra/resources/alarms.yml", import.meta.url), "utf8");
  const made = Array.from(
    alarms.matchAll(/AlarmName: sipwake-\$\{sls:stage\}-(\S+)/g),
    ([, name = ""]) => name,
  );
  const [, table = ""] = /^## When an alarm comes\n(.*?)^## /ms.exec(TEXT) ?? [];
  const told = Array.from(table.matchAll(/^\| `([a-z-]+)` \| \S/gm), ([, name = ""]) => name);
  expect(made).toHaveLength(alarms.split("AWS::CloudWatch::Alarm").length - 1);
  expect(told.toSorted()).toEqual(made.toSorted());
});

test("every place that it names is there", () => {
  const places = Array.from(TEXT.matchAll(/\]\((?!https?:)([^)#]+)/g), ([, place = ""]) => place);
  expect(places.length).toBeGreaterThan(5);
  expect(places.filter((place) => !existsSync(new URL(place, FILE)))).toEqual([]);
});
