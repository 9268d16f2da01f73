import type { ReadStream } from "node:tty";
import { BadRequest } from "../local/admin/administrator.ts";

/** A person gave up at a prompt (Ctrl-C). */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** What a password is read from, and where it is asked for. */
export interface PasswordSource {
  readonly input: NodeJS.ReadStream;
  readonly prompts: NodeJS.WriteStream;
}

/** No password is longer, in octets. */
const MAX_LINE = 4_096;

const ENTER = /[\r\n]/;
const CTRL_C = "\x03";
const CTRL_D = "\x04";
const CTRL_U = "\x15";
const ESCAPE = "\x1b";
const BACKSPACE = /[\b\x7f]/;

/**
 * A new password: asked for twice and not shown if `input` is a terminal, else its first line. Never an argument, which
 * every user of the machine could read. Rejects with `BadRequest`, or with `Interrupted`.
 */
export async function newPassword(user: string, { input, prompts }: PasswordSource): Promise<string> {
  if (!input.isTTY) return notEmpty(await firstLine(input));
  const password = notEmpty(await unseen(input, prompts, `New password for ${user}: `));
  if (password !== (await unseen(input, prompts, "Once more: "))) {
    throw new BadRequest("these were two different passwords");
  }
  return password;
}

function notEmpty(password: string): string {
  if (password === "") throw new BadRequest("a password must not be empty");
  return password;
}

/** The first line, without what ends it. What comes behind it is not read. */
async function firstLine(input: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (chunk.includes("\n") || length > MAX_LINE) break;
  }
  const [line = ""] = Buffer.concat(chunks).toString().split("\n", 1);
  if (Buffer.byteLength(line) > MAX_LINE)
    throw new BadRequest("stdin should begin with a password, in a line");
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

/** A line of a terminal, none of it echoed. */
function unseen(input: ReadStream, prompts: NodeJS.WriteStream, prompt: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const done = (rest: string, finish: () => void) => {
      input.off("data", hear);
      // Of somebody, or something, that types ahead.
      if (rest !== "") input.unshift(rest, "utf8");
      input.setRawMode(false);
      input.pause();
      prompts.write("\n");
      finish();
    };
    const hear = (data: string) => {
      // An arrow, or another key that writes nothing.
      if (data.startsWith(ESCAPE)) return;
      const chars = [...data];
      for (const [index, char] of chars.entries()) {
        const rest = chars.slice(index + 1).join("");
        if (char === CTRL_C) return done("", () => reject(new Interrupted()));
        if (ENTER.test(char) || char === CTRL_D) return done(rest, () => resolve(typed.join("")));
        if (char === CTRL_U) typed = [];
        else if (BACKSPACE.test(char)) typed.pop();
        else typed.push(char);
      }
    };
    prompts.write(prompt);
    input.setEncoding("utf8");
    input.setRawMode(true);
    input.on("data", hear);
    input.resume();
  });
}
