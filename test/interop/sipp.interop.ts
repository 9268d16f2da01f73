import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { localStack, passingFolder } from "../support/stack.ts";
import { contactsOf } from "./contacts-of.ts";

// SIPp 3.6 on both sides, over TCP.

const CALLS = 50;

/** Where the scenarios are. */
function scenario(name: string): string {
  return fileURLToPath(new URL(`sipp/${name}.xml`, import.meta.url));
}

/** SIPp as a user of ours, in a folder of its own, where its logs are; it ends with the test. */
function sipp(user: string, port: number, folder: string, ...args: readonly string[]): ChildProcess {
  const users = join(folder, `${user}.csv`);
  writeFileSync(users, `SEQUENTIAL\n${user};[authentication username=${user} password=sipwake]\n`);
  const common = [`127.0.0.1:${port}`, "-i", "127.0.0.1", "-nostdin", "-trace_err", "-inf", users];
  const child = spawn("sipp", [...common, ...args], { cwd: folder, stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** What SIPp says that was unusual. */
function logsIn(folder: string): string {
  const files = readdirSync(folder).filter((name) => name.endsWith("errors.log"));
  return files.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
}

test(`registers, and calls and is called ${CALLS} times (RFC 3261 §10, §13, §15)`, async () => {
  // It knows MD5 only, and reads the first challenge; all calls come over one connection of Bob's.
  const stack = await localStack({ TCP_PORT: "0", CHALLENGES: "md5", REQUESTS_PER_SECOND: "0" });
  const tcp = stack.ports.TCP ?? 0;
  const folder = passingFolder();
  const bobs = await contactsOf(stack.port, "bob");
  // The URI that it proves must be said to it.
  const register = ["-sf", scenario("register"), "-oocsf", scenario("answer"), "-auth_uri", "localhost"];
  sipp("bob", tcp, folder, "-t", "t1", ...register, "-m", "1");
  expect(await bobs.next()).toHaveLength(1);
  // A connection for each call: over one, only the first would be challenged.
  const call = ["-sf", scenario("call"), "-auth_uri", "bob@localhost", "-timeout", "45", "-timeout_error"];
  const pace = ["-m", `${CALLS}`, "-r", "25"];
  const alice = sipp("alice", tcp, folder, "-t", "tn", "-max_socket", "100", ...call, ...pace);
  const [status] = await once(alice, "exit");
  expect(status, logsIn(folder)).toBe(0);
});
