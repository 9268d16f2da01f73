import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commandLine, textOf } from "../support/command-line.ts";
import { localStack, passingFolder } from "../support/stack.ts";
import { portOf, startProcess } from "../support/stack-process.ts";
import { WirePhone } from "../support/wire-phone.ts";

/** A stack, and the command line for it. */
async function administered(environment: Readonly<Record<string, string>> = {}) {
  const DATA_DIR = passingFolder();
  const stack = await localStack({ DATA_DIR, ...environment });
  return { stack, sipwake: commandLine({ DATA_DIR }) };
}

const DEVICE = { instance: "7a1f6b1e-0000-4000-8000-00000000da7e", token: "secret-device-token" };
const KEY = `<urn:uuid:${DEVICE.instance}>;1`;
const OTHER = { instance: "7a1f6b1e-0000-4000-8000-0000000000ff", token: "secret-other-token" };

test("a user who is added can register at once, and one who is not cannot", async () => {
  const { stack, sipwake } = await administered();
  const phone = await WirePhone.connect(stack.port, "dave");
  expect((await phone.register({}, { password: "first" })).status).toBe(401);
  await sipwake(["user", "add", "dave"], "first\n");
  expect((await phone.register({}, { password: "first" })).status).toBe(200);
});

test("a password that was changed is the only one that is right", async () => {
  const { stack, sipwake } = await administered();
  await sipwake(["user", "add", "dave"], "first\n");
  await sipwake(["user", "passwd", "dave"], "second\n");
  const phone = await WirePhone.connect(stack.port, "dave");
  expect((await phone.register({}, { password: "first" })).status).toBe(401);
  expect((await phone.register({}, { password: "second" })).status).toBe(200);
});

test("a user who is removed is gone: contacts, connections, and the right to come back", async () => {
  const { stack, sipwake } = await administered();
  await sipwake(["user", "add", "dave"], "sipwake\n");
  const alice = await WirePhone.registered(stack.port, "alice");
  const phone = await WirePhone.registered(stack.port, "dave");
  const asleep = await WirePhone.registered(stack.port, "dave", DEVICE);
  await asleep.vanish();
  await expect.poll(() => stack.edge.connections, { interval: 5 }).toBe(2);
  const closed = once(phone.socket, "close");
  expect((await sipwake(["user", "remove", "dave"])).stdout).toBe(
    "Removed sip:dave@localhost with 2 contacts and closed 1 connection.\n",
  );
  await closed;
  expect((await sipwake(["contacts", "dave"])).stderr).toBe("sipwake: there is no user sip:dave@localhost\n");
  const again = await WirePhone.connect(stack.port, "dave");
  expect((await again.register()).status).toBe(401);
  alice.invite("dave");
  expect((await alice.final("INVITE")).status).toBe(404);
});

test("contacts are listed without what would let somebody push to them", async () => {
  const { stack, sipwake } = await administered();
  const online = await WirePhone.registered(stack.port, "alice", {
    ...DEVICE,
    provider: "fcm",
    param: "my-app",
  });
  await (await WirePhone.registered(stack.port, "alice", OTHER)).vanish();
  await (await WirePhone.registered(stack.port, "alice", { token: "secret-without-instance" })).vanish();
  await expect.poll(() => stack.edge.connections, { interval: 5 }).toBe(1);
  const text = await sipwake(["contacts", "sip:alice@localhost"]);
  const json = await sipwake(["contacts", "alice", "--json"]);
  expect(text.stderr + text.stdout + json.stderr + json.stdout).not.toContain("secret");
  const contacts = JSON.parse(json.stdout) as Record<string, unknown>[];
  expect(contacts).toHaveLength(3);
  expect(contacts.find(({ state }) => state === "online")).toEqual({
    key: KEY,
    state: "online",
    uri: "sip:alice@alice.invalid;transport=ws",
    params: `;reg-id=1;+sip.instance="<urn:uuid:${DEVICE.instance}>"`,
    push: { provider: "fcm", app: "my-app" },
    callId: expect.any(String),
    cseq: expect.any(Number),
    expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    connection: expect.any(String),
  });
  expect(contacts.filter(({ state, connection }) => state === "dormant" && connection === null)).toHaveLength(
    2,
  );
  expect(text.stdout).toContain("sip:alice@localhost has 3 contacts.");
  await online.caughtUp();
});

test("a contact that is removed is gone, and its connection is closed; the user's other ones stay", async () => {
  const { stack, sipwake } = await administered();
  const meant = await WirePhone.registered(stack.port, "alice", DEVICE);
  const other = await WirePhone.registered(stack.port, "alice", OTHER);
  const closed = once(meant.socket, "close");
  const removal = await sipwake(["contacts", "alice", "--remove", KEY, "--json"]);
  expect(JSON.parse(removal.stdout)).toMatchObject({
    outcome: "removed",
    contacts: 1,
    closed: [expect.any(String)],
  });
  await closed;
  // The end of its connection does not bring it back, asleep.
  await expect.poll(() => stack.edge.connections, { interval: 5 }).toBe(1);
  const { stdout } = await sipwake(["contacts", "alice", "--json"]);
  expect(JSON.parse(stdout)).toEqual([
    expect.objectContaining({ key: `<urn:uuid:${OTHER.instance}>;1`, state: "online" }),
  ]);
  await other.caughtUp();
});

test("a call that waits for a contact that is removed ends at once (480)", async () => {
  const { stack, sipwake } = await administered({ BUCKET_SECONDS: "300" });
  await (await WirePhone.registered(stack.port, "bob", DEVICE)).vanish();
  const alice = await WirePhone.registered(stack.port, "alice");
  await expect.poll(() => stack.edge.connections, { interval: 5 }).toBe(1);
  alice.invite("bob");
  await alice.response(182);
  await sipwake(["contacts", "bob", "--remove", KEY]);
  expect((await alice.final("INVITE")).status).toBe(480);
});

test("without the stack, a contact is removed all the same, and it is said that its connection was not closed", async () => {
  const DATA_DIR = passingFolder();
  const child = startProcess({ DATA_DIR });
  const phone = await WirePhone.registered(await portOf(child), "bob", DEVICE);
  child.kill("SIGKILL");
  await once(phone.socket, "close");
  const sipwake = commandLine({ DATA_DIR });
  const { code, stdout, stderr } = await sipwake(["contacts", "bob", "--remove", KEY]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "Removed the contact of sip:bob@localhost.\n" });
  expect(stderr).toMatch(/^1 connection \(\S+\) could not be closed: no stack answers here/);
  expect((await sipwake(["contacts", "bob"])).stderr).toBe("sip:bob@localhost has no contacts\n");
});

test("a stack that was killed leaves a socket that is in nobody's way", async () => {
  const DATA_DIR = passingFolder();
  const sipwake = commandLine({ DATA_DIR });
  const killed = startProcess({ DATA_DIR });
  await portOf(killed);
  await sipwake(["user", "add", "dave"], "sipwake\n");
  killed.kill("SIGKILL");
  await once(killed, "exit");
  expect(existsSync(join(DATA_DIR, "admin.sock"))).toBe(true);
  expect((await sipwake(["user", "add", "erin"], "sipwake\n")).code).toBe(0);
  const port = await portOf(startProcess({ DATA_DIR }));
  await WirePhone.registered(port, "dave");
  await WirePhone.registered(port, "erin");
  expect((await sipwake(["user", "remove", "erin"])).stdout).toContain("closed 1 connection");
});

test("a stack that ends leaves no socket, and what was administered is still there with the next one", async () => {
  const DATA_DIR = passingFolder();
  const sipwake = commandLine({ DATA_DIR });
  const before = await localStack({ DATA_DIR });
  await sipwake(["user", "add", "dave"], "sipwake\n");
  await before.close();
  expect(existsSync(join(DATA_DIR, "admin.sock"))).toBe(false);
  const { port } = await localStack({ DATA_DIR });
  await WirePhone.registered(port, "dave");
});

test("with RECORDS=memory there is nothing to administer but a stack that runs", async () => {
  const DATA_DIR = passingFolder();
  expect(await commandLine({ DATA_DIR, RECORDS: "memory" })(["user", "list"])).toEqual({
    code: 1,
    stdout: "",
    stderr: `sipwake: with RECORDS=memory the users are in the stack's memory, and no stack answers at ${DATA_DIR}/admin.sock\n`,
  });
});

test("the domains and the declared users are those of the stack that runs, whatever this environment says", async () => {
  const DATA_DIR = passingFolder();
  const SIP_USERS_FILE = join(DATA_DIR, "users.csv");
  writeFileSync(SIP_USERS_FILE, "yann,x\n");
  await localStack({ DATA_DIR, SIP_DOMAINS: "example.org", SIP_USERS: "zoe:x", SIP_USERS_FILE });
  const sipwake = commandLine({ DATA_DIR, SIP_DOMAINS: "elsewhere.example" });
  expect((await sipwake(["user", "add", "dave"], "first\n")).stdout).toBe("Added sip:dave@example.org.\n");
  expect((await sipwake(["user", "list"])).stdout).toBe(
    [
      "USER               RIGHTS   DECLARED BY",
      "dave@example.org   all",
      "yann@example.org   all      SIP_USERS_FILE",
      "zoe@example.org    all      SIP_USERS",
      "",
    ].join("\n"),
  );
});

test("no password is in what the stack logs, nor in its records", async () => {
  const DATA_DIR = passingFolder();
  const child = startProcess({ DATA_DIR, LOG_LEVEL: "debug" });
  const said = [child.stdout, child.stderr].map((stream) => (stream === null ? () => "" : textOf(stream)));
  await portOf(child);
  const sipwake = commandLine({ DATA_DIR });
  await sipwake(["user", "add", "dave"], "correct-horse\n");
  await sipwake(["user", "import", "-"], "erin,correct-horse\n");
  child.kill("SIGTERM");
  await once(child, "close");
  const all = said.map((text) => text()).join("");
  expect(all).toContain("sipwake listens");
  expect(all).not.toContain("correct-horse");
  expect(readFileSync(join(DATA_DIR, "records/live/data.mdb")).includes("correct-horse")).toBe(false);
});
