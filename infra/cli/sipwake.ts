#!/usr/bin/env node
import { jsonLog } from "../../functions/log.ts";
import type { Administrator } from "../local/admin/administrator.ts";
import { reach } from "../local/admin/reach.ts";
import { loadConfig } from "../local/config.ts";
import { listCalls, showCall } from "./calls-command.ts";
import { type Command, readCommandLine, UsageError } from "./command-line.ts";
import { listContacts, removeContact } from "./contacts-command.ts";
import { explain } from "./explain.ts";
import { fileContents } from "./file-contents.ts";
import { helpOn } from "./help.ts";
import { importUsers } from "./import-command.ts";
import { Interrupted, newPassword } from "./password.ts";
import type { Report } from "./report.ts";
import { addUser, listUsers, removeUser, setPassword, setRights } from "./user-commands.ts";

const NOT_DONE = 1;
const ASKED_WRONGLY = 2;
/** As a shell says it of whoever was interrupted. */
const INTERRUPTED = 130;

/** What is asked of a sipwake's records. */
type Administered = Exclude<Command, { name: "help" | "edge" | "aws setup-push" | "aws check" }>;
type Deed = (administrator: Administrator) => Promise<Report>;

/** `npx sipwake`: the administrator's command line. */
async function main(args: readonly string[]): Promise<void> {
  let command: Command;
  try {
    command = readCommandLine(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const help = ["sipwake", error.topic, "--help"].filter((word) => word !== "").join(" ");
    complain([`${error.message}; see ${help}`], ASKED_WRONGLY);
    return;
  }
  if (command.name === "help") return print(helpOn(command.topic));
  // Loaded for this only: most of it is.
  if (command.name === "edge") return (await import("../local/edge.ts")).edge();
  try {
    tell(await done(command), command.json);
  } catch (error) {
    if (error instanceof Interrupted) process.exitCode = INTERRUPTED;
    else fail(explain(error), command.json);
  }
}

/** Asks first, opens then: while records are open here, nobody else can have them. */
async function done(command: Exclude<Command, { name: "help" | "edge" }>): Promise<Report> {
  // Loaded for these only: AWS's SDK takes its time.
  if (command.name === "aws setup-push")
    return (await import("./setup-push-command.ts")).setupPush(command, process.env);
  if (command.name === "aws check") return (await import("./check-command.ts")).checkCommand(command);
  // An edge has its domains said. Where nobody did, it is the demo that is administered, with its users.
  const config = loadConfig(process.env, !process.env["SIP_DOMAINS"]);
  const deed = await prepared(command);
  const administrator = await reach(config, {
    mayMake: command.name === "user add" || command.name === "user import",
    note,
    log: jsonLog("warn", (line) => process.stderr.write(line), Date.now),
  });
  try {
    return await deed(administrator);
  } finally {
    await administrator.close();
  }
}

/** What the command does, once all that it needs of people and files is there. */
async function prepared(command: Administered): Promise<Deed> {
  const source = { input: process.stdin, prompts: process.stderr };
  switch (command.name) {
    case "user add": {
      const password = await newPassword(command.user, source);
      return (administrator) => addUser(administrator, command.user, password);
    }
    case "user passwd": {
      const password = await newPassword(command.user, source);
      return (administrator) => setPassword(administrator, command.user, password);
    }
    case "user rights": {
      const { user, rights } = command;
      return (administrator) => setRights(administrator, user, rights);
    }
    case "user remove":
      return (administrator) => removeUser(administrator, command.user);
    case "user list":
      return listUsers;
    case "user import": {
      const bytes = await contentsOf(command.file);
      return (administrator) => importUsers(administrator, bytes, process.stderr);
    }
    case "calls": {
      const { wanted } = command;
      return (administrator) => listCalls(administrator, wanted, Date.now());
    }
    case "call": {
      const { callId } = command;
      return (administrator) => showCall(administrator, callId, Date.now());
    }
    case "contacts": {
      const { user, remove } = command;
      if (remove !== undefined) return (administrator) => removeContact(administrator, user, remove);
      return (administrator) => listContacts(administrator, user, Date.now());
    }
  }
}

async function contentsOf(file: string): Promise<Buffer> {
  if (file !== "-") return fileContents(file);
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function tell({ value, text, notes = [], failures = [] }: Report, json: boolean): void {
  print(json ? `${JSON.stringify(value, undefined, 2)}\n` : text);
  for (const line of notes) note(line);
  if (failures.length > 0) complain(failures, NOT_DONE);
}

function fail(lines: readonly string[], json: boolean): void {
  if (json) print(`${JSON.stringify({ error: lines.join("; ") }, undefined, 2)}\n`);
  complain(lines, NOT_DONE);
}

function complain(lines: readonly string[], exitCode: number): void {
  for (const line of lines) process.stderr.write(`sipwake: ${line}\n`);
  process.exitCode = exitCode;
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

function print(text: string): void {
  process.stdout.write(text);
}

// Whoever reads what we print may have read enough (`| head`).
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
// The SDK's advice about Node versions is for us, who pin it, and not for whoever administers.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
await main(process.argv.slice(2));
