import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ha1s } from "../../functions/auth/digest.ts";
import { ConfigError } from "../../functions/config/config-error.ts";
import { ABSENT, type Subscriber } from "../../functions/ports.ts";
import { aor } from "../../functions/sip/aor.ts";
import { octetsOf } from "../../functions/sip/octets.ts";
import { memoryStores } from "../../infra/local/records/memory-stores.ts";
import { declaredUsers, usersIn, withDeclared } from "../../infra/local/users.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sipwake-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function fileWith(content: string): string {
  const file = join(directory, "users.csv");
  writeFileSync(file, content);
  return file;
}

function problemsIn(file: string): readonly string[] {
  try {
    usersIn(file);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("a file of users", () => {
  const ALICE = ["alice", "wonder land"];
  const BOB = ["bob", "builder"];

  test.each([
    ["rows", "alice,wonder land\nbob,builder\n"],
    ["rows of a file from Windows", "alice,wonder land\r\nbob,builder\r\n"],
    ["rows without an end of the last", "alice,wonder land\nbob,builder"],
    ["rows with empty ones between them", "\n\nalice,wonder land\n \t \r\nbob,builder\n\n"],
    ["a heading", "user,password\nalice,wonder land\nbob,builder\n"],
    [
      "a heading as Excel would write it, byte order mark included",
      "\ufeffUser,Password\r\nalice,wonder land\r\nbob,builder",
    ],
    ["quotes around the fields", '"alice","wonder land"\n"bob",builder\n'],
  ])("has one in each row: %s", (_, content) => {
    expect(usersIn(fileWith(content))).toEqual([ALICE, BOB]);
  });

  test.each([
    ["a comma", 'alice,"a,b"', ["alice", "a,b"]],
    ["quotes", 'alice,"say ""hi"""', ["alice", 'say "hi"']],
    ["a colon, a semicolon and blanks at its ends", "alice, :;= ", ["alice", " :;= "]],
    ["letters of any script", "алиса,パスワード🔑", ["алиса", "パスワード🔑"]],
  ])("takes a password with %s", (_, row, user) => {
    expect(usersIn(fileWith(row))).toEqual([user]);
  });

  test("takes a user with a comma or quotes in the name, as SIP does", () => {
    expect(usersIn(fileWith('"alice,home",secret\n"a""b","se,cret"\n'))).toEqual([
      ["alice,home", "secret"],
      ['a"b', "se,cret"],
    ]);
  });

  test("may have a user whose name is like the heading's, but not in the first row", () => {
    expect(usersIn(fileWith("alice,x\nuser,password\n"))).toEqual([
      ["alice", "x"],
      ["user", "password"],
    ]);
  });

  test("is told every row that is wrong, by its number and never by its content", () => {
    const file = fileWith("user,password\nalice,x\nhunter2\n\n,hunter2\nbob,\n,\ncarol,y\n");
    expect(problemsIn(file)).toEqual([3, 5, 6, 7].map((row) => `${file}: row ${row} must be user,password`));
  });

  test("that cannot be read is told by its name", () => {
    const missing = join(directory, "no-such.csv");
    expect(problemsIn(missing)).toEqual([expect.stringContaining(missing)]);
    expect(problemsIn(missing)[0]).toContain("SIP_USERS_FILE");
    expect(problemsIn(directory)).toHaveLength(1);
  });

  test("that is empty has no users, which is no problem", () => {
    expect(usersIn(fileWith(""))).toEqual([]);
  });

  test("may have tens of thousands of them", () => {
    const rows = Array.from({ length: 50_000 }, (_, index) => `user${index},"pass,${index}"`);
    const users = usersIn(fileWith(rows.join("\r\n")));
    expect(users).toHaveLength(50_000);
    expect(users.at(-1)).toEqual(["user49999", "pass,49999"]);
  });
});

describe("declared users", () => {
  test("are known by their AoR in their domain, by digests and not by passwords", () => {
    const declared = declaredUsers(
      [
        ["алиса", "пароль"],
        ["bob", "sipwake"],
      ],
      "example.com",
    );
    expect([...declared.keys()]).toEqual([aor(octetsOf("алиса"), "example.com"), "sip:bob@example.com"]);
    expect(declared.get(aor(octetsOf("алиса"), "example.com"))).toEqual({
      ha1s: ha1s(octetsOf("алиса"), "example.com", octetsOf("пароль")),
    });
    expect(JSON.stringify([...declared])).not.toContain("sipwake");
  });

  test("are found before those in the records, and are not written there", async () => {
    const { subscribers } = memoryStores();
    const [ours, theirs]: Subscriber[] = ["ours", "theirs"].map((password) => ({
      ha1s: ha1s("bob", "example.com", password),
    })) as [Subscriber, Subscriber];
    await subscribers.swap("sip:bob@example.com", ABSENT, theirs, Infinity);
    await subscribers.swap("sip:carol@example.com", ABSENT, theirs, Infinity);
    const all = withDeclared(declaredUsers([["bob", "ours"]], "example.com"), subscribers);
    expect((await all.read("sip:bob@example.com")).value).toEqual(ours);
    expect((await all.read("sip:carol@example.com")).value).toEqual(theirs);
    expect((await all.read("sip:dave@example.com")).value).toBeUndefined();
    expect((await subscribers.read("sip:bob@example.com")).value).toEqual(theirs);
  });

  test("do not keep others from being added to the records", async () => {
    const { subscribers } = memoryStores();
    const all = withDeclared(declaredUsers([["bob", "sipwake"]], "example.com"), subscribers);
    const carol: Subscriber = { ha1s: ha1s("carol", "example.com", "x") };
    const { version } = await all.read("sip:carol@example.com");
    expect(await all.swap("sip:carol@example.com", version, carol, Infinity)).toBe("committed");
    expect((await all.read("sip:carol@example.com")).value).toEqual(carol);
  });
});
