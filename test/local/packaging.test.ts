import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readCommandLine } from "../../infra/cli/command-line.ts";
import { passingFolder } from "../support/stack.ts";
import { says, startEdge } from "../support/stack-process.ts";

// The image and the unit run what there is.

const ROOT = new URL("../../", import.meta.url);
const textOf = (file: string) => readFileSync(new URL(file, ROOT), "utf8");
const DOCKERFILE = textOf("infra/docker/Dockerfile");
const IGNORED = textOf("infra/docker/Dockerfile.dockerignore").trim().split("\n");
const UNIT = textOf("infra/systemd/sipwake.service");
const COMMAND: readonly string[] = JSON.parse(/^CMD (.*)$/m.exec(DOCKERFILE)?.[1] ?? "[]");
const HEALTH: readonly string[] = JSON.parse(/^HEALTHCHECK .*? CMD (.*)$/m.exec(DOCKERFILE)?.[1] ?? "[]");

/** Whether Docker leaves a file out: the last line that names it, or a folder that it is in, decides. */
function isLeftOut(file: string): boolean {
  const names = (pattern: string) => {
    const expression = pattern.replaceAll(".", "\\.").replaceAll("*", "[^/]*");
    return new RegExp(`^${expression}(?:/|$)`).test(file);
  };
  const line = IGNORED.findLast((pattern) => names(pattern.replace("!", ""))) ?? "!";
  return !line.startsWith("!");
}

test("what the image is built of is there, and is not left out", () => {
  const copied = Array.from(DOCKERFILE.matchAll(/^COPY (?!--from)(.*) \S+$/gm), ([, sources = ""]) =>
    sources.split(" "),
  ).flat();
  expect(copied).toEqual(["package.json", "package-lock.json", "functions", "infra", "tsconfig.json"]);
  for (const source of copied) expect(existsSync(new URL(source, ROOT)), source).toBe(true);
  const files = ["functions", "infra"].flatMap((folder) =>
    readdirSync(new URL(folder, ROOT), { recursive: true, encoding: "utf8" }).map(
      (file) => `${folder}/${file}`,
    ),
  );
  // A stage's settings are nobody's who has the image.
  expect(files.filter(isLeftOut).filter((file) => !/^infra\/stages\/.*\.env$/.test(file))).toEqual([]);
  for (const file of [
    "node_modules/ws/index.js",
    "infra/stages/prod.env",
    ".sipwake/secret.key",
    ".git/HEAD",
  ])
    expect(isLeftOut(file), file).toBe(true);
});

test("the image and the unit run the edge, as npm start runs the demo", () => {
  const [program, ...rest] = COMMAND;
  const [script = "", ...args] = rest.slice(-2);
  expect(program).toBe("node");
  expect(Object.values(JSON.parse(textOf("package.json")).bin)).toEqual([script]);
  expect(existsSync(new URL(script, ROOT))).toBe(true);
  expect(readCommandLine(args).name).toBe("edge");
  const [, flags = ""] = /node (--.*) dist\//.exec(JSON.parse(textOf("package.json")).scripts.start) ?? [];
  expect(rest.slice(0, -2).join(" ")).toBe(flags);
  expect(UNIT).toContain(`ExecStart=/usr/bin/node ${flags} /opt/sipwake/${script} ${args.join(" ")}\n`);
});

test("the image's health check says whether the edge is ready", async () => {
  const child = startEdge({ SIP_DOMAINS: "example.org", DATA_DIR: passingFolder() });
  const said = await says(child, /"listening".*\n/);
  const PORT = /"port":(\d+)/.exec(said)?.[1] ?? "";
  const checked = async () => {
    const [program = "", ...args] = HEALTH;
    expect(program).toBe("node");
    const check = spawn(process.execPath, args, { env: { PORT }, stdio: "ignore" });
    return (await once(check, "exit"))[0] as number;
  };
  expect(await checked()).toBe(0);
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
  expect(await checked()).toBe(1);
});
