import { once } from "node:events";
import { expect, test } from "vitest";
import { passingFolder } from "../support/stack.ts";
import { portOf, says, startProcess as start } from "../support/stack-process.ts";
import { WirePhone } from "../support/wire-phone.ts";

const BOB = { instance: crypto.randomUUID(), token: "bob-token" };

test("the process is killed between sleep and call: the sleeping phone is still known, and woken", async () => {
  const DATA_DIR = passingFolder();
  const before = start({ DATA_DIR });
  const bob = await WirePhone.registered(await portOf(before), "bob", BOB);
  before.kill("SIGKILL");
  await once(bob.socket, "close");
  const port = await portOf(start({ DATA_DIR }));
  const alice = await WirePhone.registered(port, "alice");
  alice.invite("bob");
  await alice.response(182);
  const woken = await WirePhone.registered(port, "bob", BOB);
  woken.answer(await woken.request("INVITE"), 200, "OK");
  await alice.response(200, "INVITE");
  const inbox = await (await fetch(`http://127.0.0.1:${port}/push-inbox`)).json();
  expect(inbox).toMatchObject([{ provider: "fcm", app: "app", token: "bob-token", attributes: {} }]);
});

test("a call that waited for a phone when the process was killed ends in time after all", async () => {
  // Long enough for the caller to be back by then, however slowly the process starts.
  const environment = { DATA_DIR: passingFolder(), BUCKET_SECONDS: "8" };
  const before = start(environment);
  const port = await portOf(before);
  await (await WirePhone.registered(port, "bob", BOB)).vanish();
  const device = { instance: crypto.randomUUID() };
  const alice = await WirePhone.registered(port, "alice", device);
  const invite = alice.invite("bob");
  await alice.response(182);
  before.kill("SIGKILL");
  await once(alice.socket, "close");
  const again = await WirePhone.registered(await portOf(start(environment)), "alice", device);
  const answer = await again.final("INVITE");
  expect(answer.status).toBe(480);
  expect(answer.one("Call-ID")).toBe(invite.one("Call-ID"));
});

test("a signal ends the process in good order, and clients are told to come back (1012)", async () => {
  const child = start({ DATA_DIR: passingFolder() });
  const bob = await WirePhone.registered(await portOf(child), "bob", BOB);
  const closed = once(bob.socket, "close");
  child.kill("SIGTERM");
  expect((await closed)[0]).toBe(1012);
  expect((await once(child, "exit"))[0]).toBe(0);
});

test("a second process does not get at the records of the first, and says why", async () => {
  const DATA_DIR = passingFolder();
  const first = start({ DATA_DIR });
  await portOf(first);
  const second = start({ DATA_DIR });
  const said = await says(second, /set DATA_DIR/);
  expect(said).toBe(
    `sipwake cannot start:\n  ${DATA_DIR}/records is in use by process ${first.pid}; set DATA_DIR to another folder\n`,
  );
});

test("a port that is taken is named", async () => {
  const first = start({ DATA_DIR: passingFolder() });
  const port = await portOf(first);
  const second = start({ DATA_DIR: passingFolder(), PORT: String(port) });
  expect(await says(second, /set PORT/)).toContain(`127.0.0.1:${port}: something else listens there`);
});

test("what is wrong with the environment is said, all of it, and no password with it", async () => {
  const child = start({ SIP_USERS: "alice:secret,bob", RECORDS: "papyrus", PORT: "99999" });
  const said = await says(child, /RECORDS/);
  expect(said).toContain("PORT must be a whole number from 0 to 65535");
  expect(said).toContain('RECORDS must be one of lmdb, memory, dynamodb, not "papyrus"');
  expect(said).toContain("SIP_USERS entry 2 must be user:password");
  expect(said).not.toContain("secret");
});

test("--help names every variable", async () => {
  const said = await says(start({}, "--help"), /usual variables/);
  for (const name of [
    "HOST",
    "PORT",
    "SIP_DOMAINS",
    "SIP_USERS",
    "SIP_USERS_FILE",
    "DATA_DIR",
    "RECORDS",
    "TABLE",
  ]) {
    expect(said).toMatch(new RegExp(`^ +${name} `, "m"));
  }
});
