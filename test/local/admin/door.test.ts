import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ImportedBatch, ImportRow } from "../../../infra/local/admin/administrator.ts";
import { isAnswered, openDoor } from "../../../infra/local/admin/door.ts";
import { DoorFailure, doorClient } from "../../../infra/local/admin/door-client.ts";
import { doorPlace } from "../../../infra/local/admin/door-place.ts";
import { SILENT } from "../../records/homes.ts";
import { localStack, passingFolder } from "../../support/stack.ts";

/** A stack with a door, on records that are gone with it. */
async function stackWithDoor() {
  const DATA_DIR = passingFolder();
  const stack = await localStack({ DATA_DIR, RECORDS: "memory", SIP_DOMAINS: "localhost,example.org" });
  const path = join(DATA_DIR, "admin.sock");
  return { stack, path, door: doorClient(path) };
}

function ask(socketPath: string, method: string, path: string): ClientRequest {
  return httpRequest({ socketPath, method, path, agent: false });
}

async function answerTo(request: ClientRequest): Promise<{ status: number; text: string }> {
  const [response] = (await once(request, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode ?? 0, text };
}

function post(socketPath: string, path: string, body: string, method = "POST") {
  const request = ask(socketPath, method, path);
  // It may be refused before all of it is sent.
  request.on("error", () => {});
  request.end(body);
  return answerTo(request);
}

const NO_ANSWER = async () => {};

describe("the socket", () => {
  test("can be used by its owner only, and by nobody else for a moment", async () => {
    const { path } = await stackWithDoor();
    expect(statSync(path).isSocket()).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("leaves the process's other files their permissions", async () => {
    const before = process.umask();
    await stackWithDoor();
    expect(process.umask()).toBe(before);
  });

  test("is made in a folder that need not be there yet, and is removed at the end", async () => {
    const folder = join(passingFolder(), "var", "sipwake");
    const door = await openDoor(folder, NO_ANSWER, SILENT);
    expect(readdirSync(folder)).toEqual(["admin.sock"]);
    await door?.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("of a process that was killed is replaced", async () => {
    const folder = passingFolder();
    const path = join(folder, "admin.sock");
    // What is listened to under one name, and left behind under another.
    const server = createServer().listen(`${path}.0`);
    await once(server, "listening");
    renameSync(`${path}.0`, path);
    server.close();
    await once(server, "close");
    expect(existsSync(path)).toBe(true);
    const door = await openDoor(folder, NO_ANSWER, SILENT);
    expect(door).toBeDefined();
    expect(await isAnswered(path)).toBe(true);
    await door?.close();
  });

  test("of a process that lives is left to it, also by the end of the one that got none", async () => {
    const folder = passingFolder();
    const first = await openDoor(folder, NO_ANSWER, SILENT);
    onTestFinished(async () => first?.close());
    expect(await openDoor(folder, NO_ANSWER, SILENT)).toBeUndefined();
    expect(existsSync(join(folder, "admin.sock"))).toBe(true);
  });

  test.each([
    ["a file that is none", (path: string) => writeFileSync(path, "precious")],
    ["a folder", (path: string) => mkdirSync(path)],
  ])("never takes the place of %s", async (_, put) => {
    const folder = passingFolder();
    const path = join(folder, "admin.sock");
    put(path);
    expect(await openDoor(folder, NO_ANSWER, SILENT)).toBeUndefined();
    expect(existsSync(path)).toBe(true);
  });

  test("is not there where it could not be, and the stack runs without it", async () => {
    const DATA_DIR = join(passingFolder(), "x".repeat(100));
    expect((await localStack({ DATA_DIR, LOG_LEVEL: "silent" })).port).toBeGreaterThan(0);
    expect(readdirSync(DATA_DIR)).not.toContain("admin.sock");
  });

  test("has a path that sockets can have, relative if the folder is, and none on Windows", () => {
    expect(doorPlace(".sipwake", "linux")).toEqual({ path: ".sipwake/admin.sock" });
    expect(doorPlace("/var/lib/sipwake", "darwin")).toEqual({ path: "/var/lib/sipwake/admin.sock" });
    expect(doorPlace(`/${"ü".repeat(50)}`, "linux")).toEqual({
      problem: expect.stringContaining("DATA_DIR"),
    });
    expect(doorPlace("C:\\sipwake", "win32")).toEqual({ problem: expect.stringContaining("Windows") });
  });
});

test("the port for phones leads to no administration", async () => {
  const { stack, door } = await stackWithDoor();
  await door.addUser("dave", "secret");
  for (const [method, path] of [
    ["GET", "/users"],
    ["GET", "/domains"],
    ["GET", "/contacts/alice"],
    ["GET", "/calls/x"],
    ["GET", "/recent-calls/50"],
    ["POST", "/users"],
    ["DELETE", "/users/dave"],
    ["POST", "/import"],
  ]) {
    const url = `http://127.0.0.1:${stack.port}${path}`;
    const { status } = await fetch(url, {
      method,
      ...(method === "POST" ? { body: "{}" } : {}),
    } as RequestInit);
    expect([404, 405]).toContain(status);
  }
  expect(await door.setPassword("dave", "other")).toMatchObject({ outcome: "changed" });
});

describe("what comes in", () => {
  test.each([
    ["no JSON", "POST", "/users", "user=dave", 400],
    ["nothing", "POST", "/users", "", 400],
    ["no object", "POST", "/users", '["dave","secret"]', 400],
    ["null", "POST", "/users", "null", 400],
    ["no user", "POST", "/users", '{"password":"secret"}', 400],
    ["no password", "PUT", "/users", '{"user":"dave"}', 400],
    ["an empty password", "POST", "/users", '{"user":"dave","password":""}', 400],
    ["a password that is no text", "PUT", "/users", '{"user":"dave","password":{"secret":1}}', 400],
    ["a user of somebody else's domain", "POST", "/users", '{"user":"dave@a.b","password":"secret"}', 400],
    ["a user with control characters", "POST", "/users", '{"user":"da\\u001bve","password":"secret"}', 400],
    ["a user that is too long", "POST", "/users", `{"user":"${"x".repeat(600)}","password":"secret"}`, 400],
    [
      "a body that is too large",
      "POST",
      "/users",
      `{"user":"dave","password":"${"secret".repeat(1e6)}"}`,
      413,
    ],
    ["a path that is badly escaped", "DELETE", "/users/%E0%A4%A", "", 400],
    ["a path that leads nowhere", "GET", "/secret", "", 404],
    ["a user's path with more behind it", "DELETE", "/users/dave/secret", "", 404],
    ["a deed that is not done here", "PATCH", "/users", '{"user":"dave","password":"secret"}', 404],
    ["an unknown user", "PUT", "/users", '{"user":"dave","password":"secret"}', 404],
    ["a list of no calls", "GET", "/recent-calls/0", "", 400],
    ["a list of too many calls", "GET", "/recent-calls/1001", "", 400],
    ["a list of who knows how many calls", "GET", "/recent-calls/many", "", 400],
    ["an unknown call", "GET", "/calls/secret", "", 404],
    ["a declared user", "DELETE", "/users/alice", "", 409],
  ])(
    "is looked at: %s is refused, and what was said is not said again",
    async (_, method, path, body, status) => {
      const { path: socket, door } = await stackWithDoor();
      const answer = await post(socket, path, body, method);
      expect(answer.status).toBe(status);
      const told = JSON.parse(answer.text) as Record<string, unknown>;
      expect(told["error"] ?? told["outcome"]).toEqual(expect.any(String));
      expect(answer.text).not.toContain("secret");
      expect(await door.domains()).toEqual(["localhost", "example.org"]);
    },
  );

  test("may be no HTTP, or break off, and the door stays open", async () => {
    const { path, door } = await stackWithDoor();
    const noise = createConnection(path).resume();
    noise.write("\x00\x01\x02 REGISTER\r\n\r\n");
    await once(noise, "close");
    const broken = ask(path, "POST", "/users");
    broken.on("error", () => {});
    broken.write('{"user":"dave",');
    await once(broken, "socket");
    broken.destroy();
    expect(await door.addUser("dave", "secret")).toMatchObject({ outcome: "added" });
  });

  test.each([["null"], ["{}"], ['{"rights":"calls"}'], ['{"rights":["calls",7]}']])(
    "is refused where it should say rights, and does not: %s",
    async (body) => {
      const { path } = await stackWithDoor();
      const { status, text } = await post(path, "/rights/alice", body, "PUT");
      expect([status, JSON.parse(text)]).toEqual([
        400,
        { error: 'the body must have "rights": a list of texts, or null' },
      ]);
    },
  );
});

describe("an import", () => {
  const line = (user: string, more: object = {}) =>
    `${JSON.stringify({ user, password: "secret", ...more })}\n`;

  test("tells what became of its rows, by the numbers that they came with", async () => {
    const { path } = await stackWithDoor();
    const { status, text } = await post(
      path,
      "/import",
      `${line("dave", { row: 7 })}\n${line("alice", { row: 9 })}`,
    );
    expect(status).toBe(200);
    expect(
      text
        .trim()
        .split("\n")
        .map((answer) => JSON.parse(answer) as unknown),
    ).toEqual([{ added: 1, changed: 0, unchanged: 0, declared: [9] }, { end: true }]);
  });

  test.each([
    ["no JSON", "secret\n", "line 1 is not JSON"],
    ["no object", "[1]\n", "line 1 must be a JSON object"],
    ["no password", '{"user":"dave"}\n', 'line 1 must have a "password" that is a text and not empty'],
    ["a row that has no number", line("dave", { row: "secret" }), 'line 1: "row" must be a whole number'],
    [
      "a user of somebody else's",
      line("dave@a.b"),
      "row 1 is not of a domain in SIP_DOMAINS (localhost, example.org)",
    ],
    ["a line without an end", "secret".repeat(100_000), "a line longer than 16384 bytes"],
  ])("ends at a line that is wrong: %s", async (_, lines, error) => {
    const { path, door } = await stackWithDoor();
    const { text } = await post(path, "/import", lines + line("erin").repeat(1_000));
    const [first] = text.split("\n");
    expect(JSON.parse(first ?? "")).toEqual({ error });
    expect(text).not.toContain('"end"');
    expect(await door.setPassword("erin", "other")).toMatchObject({ outcome: "unknown" });
  });

  test("is as long as it likes, and neither side waits for all of it", async () => {
    const { door } = await stackWithDoor();
    let asked = 0;
    let isFirstKnown = false;
    // Ends only because what became of the first rows is told before the last ones are asked for.
    const rows = function* (): Generator<ImportRow> {
      while (!isFirstKnown || asked < 5_000) yield { row: ++asked, user: `user${asked}`, password: "x" };
    };
    let added = 0;
    for await (const batch of door.importUsers(asynchronous(rows()))) {
      isFirstKnown = true;
      added += batch.added;
    }
    expect(added).toBe(asked);
  });

  test("that the stack's end cuts off is told from one that was done", async () => {
    const { stack, door } = await stackWithDoor();
    const rows = function* (): Generator<ImportRow> {
      for (let row = 1; ; row++) yield { row, user: `user${row}`, password: "x" };
    };
    const importing = async () => {
      const batches: ImportedBatch[] = [];
      for await (const batch of door.importUsers(asynchronous(rows()))) {
        if (batches.push(batch) === 1) void stack.close();
      }
    };
    await expect(importing()).rejects.toThrow(DoorFailure);
  });

  test("whose client goes away is over, and the door stays open", async () => {
    const { path, door } = await stackWithDoor();
    const request = ask(path, "POST", "/import");
    request.on("error", () => {});
    request.write(line("dave").repeat(1_000));
    await once(request, "response");
    request.destroy();
    expect(await door.domains()).toHaveLength(2);
  });

  /** Lets the event loop turn between rows, as reading a file would. */
  async function* asynchronous<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
    let count = 0;
    for (const item of items) {
      if (++count % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve));
      yield item;
    }
  }
});

test("a stack that is not there is told from one that refuses", async () => {
  const door = doorClient(join(passingFolder(), "admin.sock"));
  await expect(door.addUser("dave", "secret")).rejects.toThrow(DoorFailure);
});
