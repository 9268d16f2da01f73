import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { EDGE_VARIABLES } from "../../infra/local/variables.ts";
import { commandLine } from "../support/command-line.ts";
import { passingFolder } from "../support/stack.ts";
import { says, startEdge } from "../support/stack-process.ts";
import { WirePhone } from "../support/wire-phone.ts";

// `npx sipwake edge`, as a process: what it has, and what of `npm start` it has not.

/** Where the phones of our tests are; said, since no edge takes it for granted. */
const DOMAIN = "localhost";

/** Its port, and every line of its log that it had written by then. */
async function started(child: ChildProcess): Promise<{ port: number; lines: readonly LogLine[] }> {
  const said = await says(child, /"listening".*\n/);
  const lines = said
    .trim()
    .split("\n")
    .map((line): LogLine => JSON.parse(line));
  return { port: Number(lines.at(-1)?.["port"]), lines };
}

type LogLine = Readonly<Record<string, unknown>>;

function production(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return { SIP_DOMAINS: DOMAIN, DATA_DIR: passingFolder(), ...more };
}

test("without SIP_DOMAINS there is no edge, and it is said why", async () => {
  const child = startEdge({ DATA_DIR: passingFolder() });
  const [said, [code]] = await Promise.all([says(child, /SIP_DOMAINS.*\n/), once(child, "exit")]);
  expect(said).toBe("sipwake cannot start:\n  SIP_DOMAINS must name a domain\n");
  expect(code).toBe(1);
});

test("it says in its log, and nowhere else, where it listens, and that no app can be pushed", async () => {
  const { port, lines } = await started(startEdge(production()));
  expect(lines).toEqual([
    expect.objectContaining({ level: "warn", event: "no pushes to apps" }),
    expect.objectContaining({
      level: "info",
      event: "listening",
      host: "127.0.0.1",
      port: expect.any(Number),
      domains: DOMAIN,
      records: "lmdb",
      declaredUsers: 0,
      pushes: "webpush",
    }),
  ]);
  expect(port).toBeGreaterThan(0);
});

test("who is added while it runs can register, and nobody is there from the start", async () => {
  const environment = production();
  const { port } = await started(startEdge(environment));
  const phone = (name: string) => WirePhone.connect(port, name);
  expect((await (await phone("alice")).register()).status).toBe(401);
  const sipwake = commandLine({ DATA_DIR: environment["DATA_DIR"] ?? "" });
  expect((await sipwake(["user", "add", "alice"], "sipwake\n")).stdout).toBe(`Added sip:alice@${DOMAIN}.\n`);
  expect((await (await phone("alice")).register()).status).toBe(200);
});

test("who was added before it ran is there, whatever npm start calls its users", async () => {
  const environment = production();
  const added = await commandLine(environment)(["user", "add", "alice"], "sipwake\n");
  expect(added.stderr).toBe("");
  const { port } = await started(startEdge(environment));
  const phone = await WirePhone.connect(port, "alice");
  expect((await phone.register()).status).toBe(200);
});

test("there is no page and no inbox, only a place for WebSockets and those who watch", async () => {
  const { port } = await started(startEdge(production()));
  const statusOf = async (path: string, method = "GET") => {
    const { status, headers } = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    return [status, headers.get("upgrade")];
  };
  expect(await statusOf("/")).toEqual([426, "websocket"]);
  for (const path of ["/phone", "/main.js", "/push-inbox", "/push-inbox/events", "/metrics"])
    expect(await statusOf(path), path).toEqual([404, null]);
  expect(await statusOf("/", "POST")).toEqual([426, "websocket"]);
  expect(await statusOf("/readyz")).toEqual([200, null]);
});

test("a phone that names a push service that is not configured is refused (555, RFC 8599 §5.1)", async () => {
  const { port } = await started(startEdge(production({ SIP_USERS: "alice:sipwake" })));
  const phone = await WirePhone.connect(port, "alice");
  expect((await phone.register({ token: "secret", provider: "apns" })).status).toBe(555);
});

test("SIGTERM ends it in good order: not ready first, then its phones are told (1012), then 0", async () => {
  const child = startEdge(production({ SIP_USERS: "alice:sipwake", DRAIN_SECONDS: "3" }));
  const { port } = await started(child);
  const phone = await WirePhone.connect(port, "alice");
  await phone.register();
  const [closed, exited] = [once(phone.socket, "close"), once(child, "exit")];
  const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
  expect(await ready()).toBe(200);
  child.kill("SIGTERM");
  await expect.poll(ready, { interval: 5 }).toBe(503);
  await phone.caughtUp();
  expect((await closed)[0]).toBe(1012);
  expect((await exited)[0]).toBe(0);
});

test("as a task of ECS that cannot say where it is, it does not start", async () => {
  const fleet = {
    RECORDS: "dynamodb",
    TABLE: "sipwake",
    SECRET_KEYS: `1:${Buffer.alloc(32).toString("base64")}`,
    FLEET_HOST: "ecs",
  };
  const nowhere = await says(startEdge(production(fleet)), /cannot start:\n.*\n/);
  expect(nowhere).toContain("there is no ECS_CONTAINER_METADATA_URI_V4");
  const silent = createServer((_, response) => response.writeHead(404).end("{}"));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as { port: number };
  const metadata = { ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${port}/v4/1` };
  const unsaid = await says(startEdge(production({ ...fleet, ...metadata })), /cannot start:\n.*\n/);
  expect(unsaid).toContain("ECS does not say where this task is");
});

test("--help names every variable, and no user and domain that would be there from the start", async () => {
  const { stdout, code } = await commandLine({})(["edge", "--help"]);
  expect(code).toBe(0);
  for (const name of Object.keys(EDGE_VARIABLES)) expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
  expect(stdout).not.toContain("alice");
  expect(stdout).not.toContain("localhost]");
});
