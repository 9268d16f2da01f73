import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readCommandLine, UsageError } from "../../infra/cli/command-line.ts";
import { helpOn } from "../../infra/cli/help.ts";
import { commandLine, SIPWAKE, textOf } from "../support/command-line.ts";
import { passingFolder } from "../support/stack.ts";
import { says, startProcess } from "../support/stack-process.ts";

describe("what makes no sense", () => {
  test.each([
    ["", "a command is missing; see sipwake --help"],
    ["users", 'there is no command "users"; see sipwake --help'],
    ["user", "user what? add, passwd, rights, remove, list or import; see sipwake user --help"],
    ["user delete dave", 'there is no command "user delete"; see sipwake user --help'],
    ["user add", "user add needs NAME; see sipwake user add --help"],
    ["user import", "user import needs FILE; see sipwake user import --help"],
    ["user remove dave erin", "user remove takes one NAME; see sipwake user remove --help"],
    ["user list dave", "user list takes no names; see sipwake user list --help"],
    ["contacts", "contacts needs AOR; see sipwake contacts --help"],
    ["contacts alice --remove", "Option '--remove <value>' argument missing; see sipwake --help"],
    ["user list --remove x", "--remove is an option of contacts; see sipwake user list --help"],
    ["user list --user x", "--user is an option of calls; see sipwake user list --help"],
    ["calls --limit 0", "--limit must be a number from 1 to 1000; see sipwake calls --help"],
    ["calls --limit 1001", "--limit must be a number from 1 to 1000; see sipwake calls --help"],
    ["calls --limit 5x", "--limit must be a number from 1 to 1000; see sipwake calls --help"],
    ["calls a b", "calls takes one CALL-ID; see sipwake calls --help"],
    ["calls a --user bob", "--user and --limit are for the list, not for one call; see sipwake calls --help"],
    ["calls a --remove x", "--remove is an option of contacts; see sipwake calls --help"],
    ["user list --dry-run", "--dry-run is an option of aws setup-push; see sipwake user list --help"],
    ["edge --remove x", "--remove is an option of contacts; see sipwake edge --help"],
    ["edge prod", "edge takes no arguments, only the environment; see sipwake edge --help"],
    ["aws", "aws what? setup-push or check; see sipwake aws --help"],
    ["aws deploy", 'there is no command "aws deploy"; see sipwake aws --help'],
    ["aws setup-push", "aws setup-push needs --apns-key or --fcm; see sipwake aws setup-push --help"],
    ["aws setup-push x", "aws setup-push takes options only; see sipwake aws setup-push --help"],
    [
      "aws setup-push --fcm f --apns-key k --bundle b",
      "--apns-key also needs --key-id and --team-id; see sipwake aws setup-push --help",
    ],
    ["aws check", "aws check needs FILE; see sipwake aws check --help"],
    ["aws check a b", "aws check takes one FILE; see sipwake aws check --help"],
    ["aws check a --fcm f", "--fcm is an option of aws setup-push; see sipwake aws check --help"],
    ["user list --all", "Unknown option '--all'; see sipwake --help"],
  ])("is told in one line, with where to read on: %s", async (words, problem) => {
    const args = words.split(" ").filter((word) => word !== "");
    expect(complaintOf(args)).toBe(problem);
  });

  test("ends with 2, says so on stderr and nothing on stdout, also where JSON is wanted", async () => {
    const { code, stdout, stderr } = await commandLine({})(["user", "ad", "dave", "--json"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe('sipwake: there is no command "user ad"; see sipwake user --help\n');
  });

  test("is never a password: what stands in its place is not repeated", async () => {
    for (const args of [
      ["user", "add", "dave", "hunter2"],
      ["user", "passwd", "dave", "hunter2"],
      ["user", "add", "dave", "--password=hunter2"],
      ["user", "add", "dave", "-phunter2"],
    ]) {
      expect(complaintOf(args)).toMatch(/see sipwake/);
      expect(complaintOf(args)).not.toContain("hunter2");
    }
    expect(complaintOf(["user", "add", "dave", "hunter2"])).toContain(
      "a password is asked for, or read from stdin",
    );
  });

  /** As the command line tells it. */
  function complaintOf(args: readonly string[]): string {
    try {
      readCommandLine(args);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return `${error.message}; see ${`sipwake ${error.topic} --help`.replace("  ", " ")}`;
    }
    return "";
  }
});

describe("help", () => {
  test.each([
    ["--help", "Usage: sipwake COMMAND"],
    ["-h", "Usage: sipwake COMMAND"],
    ["user --help", "Usage: sipwake user add|passwd|remove NAME"],
    ["user add --help", "Usage: sipwake user add NAME"],
    ["user passwd dave --help", "Usage: sipwake user passwd NAME"],
    ["user remove --help", "Usage: sipwake user remove NAME"],
    ["user list --json --help", "Usage: sipwake user list"],
    ["user import --help", "Usage: sipwake user import FILE.csv"],
    ["contacts alice --help", "Usage: sipwake contacts AOR"],
    ["calls --help", "Usage: sipwake calls [--user NAME] [--limit N]"],
    ["aws --help", "Usage: sipwake aws setup-push OPTIONS"],
    ["aws setup-push --help", "Usage: sipwake aws setup-push [--apns-key FILE --key-id ID --team-id ID"],
    ["aws check --help", "Usage: sipwake aws check FILE [--online]"],
  ])("is there for %s, and fits a terminal of 80 columns", (words, first) => {
    const command = readCommandLine(words.split(" "));
    expect(command.name).toBe("help");
    const text = command.name === "help" ? helpOn(command.topic) : "";
    expect(text.split("\n", 1)).toEqual([first]);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("is no failure, and needs neither a stack nor a configuration", async () => {
    const { code, stdout, stderr } = await commandLine({ RECORDS: "papyrus" })(["contacts", "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(helpOn("contacts"));
  });
});

test("what is wrong with the environment is told, all of it", async () => {
  const { code, stdout, stderr } = await commandLine({ RECORDS: "papyrus", PORT: "x" })(["user", "list"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr.split("\n").filter((line) => /^sipwake: (RECORDS|PORT) must be/.test(line))).toHaveLength(2);
});

test("looking at what is not there makes nothing, and says where it looked", async () => {
  const DATA_DIR = join(passingFolder(), "nothing");
  const sipwake = commandLine({ DATA_DIR });
  for (const [args, code] of [
    [["user", "list"], 0],
    [["contacts", "alice"], 0],
    [["user", "remove", "dave"], 1],
  ] as const) {
    const ended = await sipwake(args);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(`there are no records in ${DATA_DIR}/records yet\n`);
  }
  const { stderr } = await sipwake(["user", "add", "dave"], "secret\n");
  expect(stderr).toBe("");
});

test("records that another process has, and no door leads to, are left alone", async () => {
  // Too long for a socket's path.
  const DATA_DIR = join(passingFolder(), "x".repeat(100));
  const child = startProcess({ DATA_DIR, LOG_LEVEL: "warn" });
  expect(await says(child, /pushes/)).toContain('"event":"no door for the administrator"');
  expect(await commandLine({ DATA_DIR })(["user", "list"])).toEqual({
    code: 1,
    stdout: "",
    stderr: `sipwake: process ${child.pid} has the records of ${DATA_DIR}, and ${DATA_DIR}/admin.sock is longer than 100 bytes, too long for a socket; set DATA_DIR to a shorter path\n`,
  });
});

describe("a file to import", () => {
  test("must be there", async () => {
    const { code, stderr } = await commandLine({ DATA_DIR: passingFolder() })([
      "user",
      "import",
      "no-such.csv",
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain("sipwake: no-such.csv cannot be read: ENOENT");
  });

  test("must be UTF-8", async () => {
    const folder = passingFolder();
    const file = join(folder, "users.csv");
    writeFileSync(file, Buffer.from("andr\xe9,secret\n", "latin1"));
    const { code, stderr } = await commandLine({ DATA_DIR: folder })(["user", "import", file]);
    expect(code).toBe(1);
    expect(stderr).toBe("sipwake: the file is not UTF-8\nsipwake: nothing was imported\n");
  });

  test("may be empty", async () => {
    const { code, stdout } = await commandLine({ DATA_DIR: passingFolder() })(["user", "import", "-"], "");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "0 users: 0 added, 0 changed\n" });
  });
});

test("whoever reads a list may stop before its end (| head)", async () => {
  const DATA_DIR = passingFolder();
  const rows = Array.from({ length: 5_000 }, (_, index) => `user${index},secret`);
  await commandLine({ DATA_DIR })(["user", "import", "-"], rows.join("\n"));
  const child = spawn("sh", ["-c", '"$0" "$1" user list | head -n 1', process.execPath, SIPWAKE], {
    env: { PATH: process.env["PATH"], DATA_DIR },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = [textOf(child.stdout), textOf(child.stderr)];
  await once(child, "close");
  expect(said.map((text) => text()).join("")).toBe("USER                 RIGHTS   DECLARED BY\n");
});
