import { describe, expect, onTestFinished, test } from "vitest";
import { startDynamoDbDouble } from "../records/dynamodb-double.ts";
import { commandLine, type Ended } from "../support/command-line.ts";
import { localStack, passingFolder } from "../support/stack.ts";

const USERS = "alice:sipwake,bob:sipwake,carol:sipwake";

/** Where users can be administered, each with the environment that says so. */
const PLACES = {
  "a stack that runs": async () => {
    const DATA_DIR = passingFolder();
    await localStack({ DATA_DIR, SIP_DOMAINS: "localhost,example.org" });
    return { DATA_DIR };
  },
  "a stack that keeps its records in memory": async () => {
    const DATA_DIR = passingFolder();
    await localStack({ DATA_DIR, SIP_DOMAINS: "localhost,example.org", RECORDS: "memory" });
    return { DATA_DIR, RECORDS: "memory" };
  },
  "an LMDB folder that nobody runs on": async () => ({
    DATA_DIR: passingFolder(),
    SIP_DOMAINS: "localhost,example.org",
    SIP_USERS: USERS,
  }),
  "a DynamoDB table": async () => {
    const { url, close } = await startDynamoDbDouble();
    onTestFinished(close);
    return {
      DATA_DIR: passingFolder(),
      SIP_DOMAINS: "localhost,example.org",
      SIP_USERS: USERS,
      RECORDS: "dynamodb",
      TABLE: "sipwake",
      AWS_ENDPOINT_URL_DYNAMODB: url,
    };
  },
} as const;

type Run = (args: readonly string[], stdin?: string) => Promise<Ended>;

async function at(place: keyof typeof PLACES): Promise<Run> {
  return commandLine(await PLACES[place]());
}

describe.each(Object.keys(PLACES) as (keyof typeof PLACES)[])("users of %s", (place) => {
  test("are added, listed, changed and removed", async () => {
    const sipwake = await at(place);
    expect(await sipwake(["user", "add", "dave"], "first\n")).toEqual({
      code: 0,
      stdout: "Added sip:dave@localhost.\n",
      stderr: "",
    });
    expect(await sipwake(["user", "add", "dave@example.org"], "other\n")).toMatchObject({ code: 0 });
    expect(await sipwake(["user", "passwd", "dave"], "second\n")).toEqual({
      code: 0,
      stdout: "Changed the password of sip:dave@localhost.\n",
      stderr: "",
    });
    expect((await sipwake(["user", "list"])).stdout).toBe(
      [
        "USER               RIGHTS   DECLARED BY",
        "alice@localhost    all      SIP_USERS",
        "bob@localhost      all      SIP_USERS",
        "carol@localhost    all      SIP_USERS",
        "dave@example.org   all",
        "dave@localhost     all",
        "",
      ].join("\n"),
    );
    expect(await sipwake(["user", "remove", "dave"])).toEqual({
      code: 0,
      stdout: "Removed sip:dave@localhost, who had no contacts.\n",
      stderr: "",
    });
    const { stdout } = await sipwake(["user", "list"]);
    expect(stdout).not.toContain("dave@localhost");
    expect(stdout).toContain("dave@example.org");
  });

  test("are added once, and must be there to be changed or removed", async () => {
    const sipwake = await at(place);
    await sipwake(["user", "add", "dave"], "first\n");
    for (const [args, problem] of [
      [["user", "add", "dave"], "sip:dave@localhost exists already; user passwd changes a password"],
      [["user", "passwd", "erin"], "there is no user sip:erin@localhost"],
      [["user", "remove", "erin"], "there is no user sip:erin@localhost"],
      [["contacts", "erin"], "there is no user sip:erin@localhost"],
      [["contacts", "dave", "--remove", "x"], "sip:dave@localhost has no contact with this key"],
      [
        ["user", "add", "dave@example.com"],
        '"dave@example.com" is not of a domain in SIP_DOMAINS (localhost, example.org)',
      ],
    ] as const) {
      expect(await sipwake(args, "second\n")).toEqual({
        code: 1,
        stdout: "",
        stderr: `sipwake: ${problem}\n`,
      });
    }
  });

  test("that the environment declares are left to it", async () => {
    const sipwake = await at(place);
    for (const verb of ["add", "passwd", "remove"]) {
      expect(await sipwake(["user", verb, "alice"], "other\n")).toEqual({
        code: 1,
        stdout: "",
        stderr: "sipwake: sip:alice@localhost is declared by SIP_USERS; change it there\n",
      });
    }
  });

  test("come as JSON, one document on stdout whatever the outcome", async () => {
    const sipwake = await at(place);
    const json = async (args: readonly string[], stdin?: string) =>
      JSON.parse((await sipwake([...args, "--json"], stdin)).stdout) as unknown;
    expect(await json(["user", "add", "dave"], "first\n")).toEqual({
      aor: "sip:dave@localhost",
      outcome: "added",
    });
    expect(await json(["user", "add", "dave"], "first\n")).toMatchObject({
      outcome: "exists",
      error: expect.stringContaining("exists already"),
    });
    expect(await json(["user", "passwd", "dave"], "second\n")).toMatchObject({ outcome: "changed" });
    expect(await json(["user", "import", "-"], "erin,secret\n")).toEqual({
      users: 1,
      added: 1,
      changed: 0,
      unchanged: 0,
      declared: [],
    });
    expect(await json(["user", "list"])).toEqual([
      ...["alice", "bob", "carol"].map((name) => entry(name, "SIP_USERS")),
      ...["dave", "erin"].map((name) => entry(name, null)),
    ]);
    expect(await json(["contacts", "dave"])).toEqual([]);
    expect(await json(["user", "remove", "dave"])).toEqual({
      aor: "sip:dave@localhost",
      outcome: "removed",
      contacts: 0,
      closed: [],
      gone: [],
    });
    expect(await json(["user", "remove", "dave@nowhere"])).toEqual({
      error: expect.stringContaining("SIP_DOMAINS"),
    });
  });

  test("are imported, as many as there are, and again without harm", async () => {
    const sipwake = await at(place);
    // The double of DynamoDB takes its time.
    const length = place === "a DynamoDB table" ? 300 : 2_000;
    const rows = Array.from({ length }, (_, index) => `user${index},"pass, ${index}"`);
    await sipwake(["user", "add", "user7"], "old\n");
    expect(await sipwake(["user", "import", "-"], `user,password\r\n${rows.join("\r\n")}`)).toEqual({
      code: 0,
      stdout: `${length} users: ${length - 1} added, 1 changed\n`,
      stderr: "",
    });
    expect((await sipwake(["user", "import", "-"], rows.slice(0, 150).join("\n"))).stdout).toBe(
      "150 users: 0 added, 0 changed, 150 as before\n",
    );
    const { stdout } = await sipwake(["user", "list", "--json"]);
    expect(JSON.parse(stdout)).toHaveLength(length + 3);
  });

  test("are not imported at all if any row is wrong: all that are are named, and nothing that is in them", async () => {
    const sipwake = await at(place);
    const rows = [
      "user,password",
      "dave,hunter1",
      "hunter2",
      ",hunter3",
      "erin@example.com,hunter4",
      "frank,",
      "sip:dave@LOCALHOST,hunter5",
      "grace@example.org,hunter6",
      `${"x".repeat(600)},hunter7`,
    ];
    const { code, stdout, stderr } = await sipwake(["user", "import", "-"], rows.join("\n"));
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr.split("\n")).toEqual([
      "sipwake: rows 3-4, 6: must be user,password",
      "sipwake: row 5: the user is not of a domain in SIP_DOMAINS (localhost, example.org)",
      "sipwake: row 7: the user has an earlier row",
      "sipwake: row 9: the user is too long",
      "sipwake: nothing was imported",
      "",
    ]);
    expect(JSON.parse((await sipwake(["user", "list", "--json"])).stdout)).toHaveLength(3);
  });

  test("that are declared are left out of an import, and the others are not", async () => {
    const sipwake = await at(place);
    expect(await sipwake(["user", "import", "-"], "alice,x\ndave,y\nbob,z\n")).toEqual({
      code: 1,
      stdout: "3 users: 1 added, 0 changed\n",
      stderr: "sipwake: rows 1, 3: declared by SIP_USERS or SIP_USERS_FILE; change them there\n",
    });
  });

  test("are given rights, which are listed, and get all of them back", async () => {
    const sipwake = await at(place);
    await sipwake(["user", "add", "dave"], "first\n");
    const said = async (...rights: readonly string[]) => sipwake(["user", "rights", "dave", ...rights]);
    expect(await said("domain:Example.org", "calls")).toEqual({
      code: 0,
      stdout: "Rights of sip:dave@localhost: calls domain:example.org.\n",
      stderr: "",
    });
    expect((await sipwake(["user", "list"])).stdout).toContain(
      "dave@localhost    calls domain:example.org\n",
    );
    expect((await said("calls", "domain:example.org")).stdout).toBe(
      "Rights of sip:dave@localhost, as before: calls domain:example.org.\n",
    );
    expect((await said("none")).stdout).toBe("Rights of sip:dave@localhost: none.\n");
    expect(JSON.parse((await said("all", "--json")).stdout)).toEqual({
      aor: "sip:dave@localhost",
      outcome: "changed",
      rights: null,
    });
  });
});

test.each<[readonly string[], number, string]>([
  [["dave", "call"], 1, '"call" is no right: calls, messages or domain:NAME'],
  [
    ["dave", "calls", "domain:example.net"],
    1,
    '"example.net" is not a domain in SIP_DOMAINS (localhost, example.org)',
  ],
  [["dave", "domain:localhost"], 1, "a domain alone gives no right: say calls, or messages, too"],
  [["alice", "calls"], 1, "sip:alice@localhost is declared by SIP_USERS, and may do everything"],
  [["nobody", "calls"], 1, "there is no user sip:nobody@localhost"],
  [["dave", "all", "calls"], 2, "all and none stand alone; see sipwake user rights --help"],
  [["dave"], 2, "user rights needs RIGHT, or all, or none; see sipwake user rights --help"],
  [[], 2, "user rights needs NAME; see sipwake user rights --help"],
])("rights that make no sense are not given: %j", async (args, code, problem) => {
  const sipwake = await at("an LMDB folder that nobody runs on");
  await sipwake(["user", "add", "dave"], "first\n");
  expect(await sipwake(["user", "rights", ...args])).toEqual({
    code,
    stdout: "",
    stderr: `sipwake: ${problem}\n`,
  });
  expect((await sipwake(["user", "list"])).stdout).toMatch(/^dave@localhost +all$/m);
});

test("users may have names in any script, and names that URIs must escape", async () => {
  const sipwake = await at("an LMDB folder that nobody runs on");
  for (const name of ["алиса", "a b,c", "50%", "sip:%66rank@localhost"]) {
    expect(await sipwake(["user", "add", name], "пароль\n")).toMatchObject({ code: 0 });
  }
  const { stdout } = await sipwake(["user", "list", "--json"]);
  const users = (JSON.parse(stdout) as { aor: string; user: string; declaredBy: string | null }[]).filter(
    ({ declaredBy }) => declaredBy === null,
  );
  expect(users).toEqual([
    { aor: "sip:50%25@localhost", user: "50%@localhost", declaredBy: null, rights: null },
    { aor: "sip:a%20b,c@localhost", user: "a b,c@localhost", declaredBy: null, rights: null },
    { aor: "sip:frank@localhost", user: "frank@localhost", declaredBy: null, rights: null },
    {
      aor: "sip:%D0%B0%D0%BB%D0%B8%D1%81%D0%B0@localhost",
      user: "алиса@localhost",
      declaredBy: null,
      rights: null,
    },
  ]);
  for (const { user } of users) expect(await sipwake(["user", "remove", user])).toMatchObject({ code: 0 });
});

function entry(name: string, declaredBy: string | null) {
  return { aor: `sip:${name}@localhost`, user: `${name}@localhost`, declaredBy, rights: null };
}
