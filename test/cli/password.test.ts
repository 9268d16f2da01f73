import { PassThrough, Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { Interrupted, newPassword } from "../../infra/cli/password.ts";
import { commandLine } from "../support/command-line.ts";
import { passingFolder } from "../support/stack.ts";

/** A terminal that somebody types on: what node:tty makes of one, as far as a prompt has to do with it. */
class Terminal extends PassThrough {
  readonly isTTY = true;
  /** Whether what is typed goes to the program alone, and not to the screen. */
  isRaw = false;
  screen = "";
  readonly #typing: (readonly string[])[];

  /** What is typed at each prompt, keys or pastes one after the other. */
  constructor(...typing: readonly (string | readonly string[])[]) {
    super();
    this.#typing = typing.map((typed) => (typeof typed === "string" ? [typed] : typed));
  }

  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw;
    return this;
  }

  /** The other side of it: what is prompted is answered. */
  get prompts(): NodeJS.WriteStream {
    return {
      isTTY: true,
      write: (text: string) => {
        this.screen += text;
        const typed = text === "\n" ? undefined : this.#typing.shift();
        if (typed !== undefined) setImmediate(() => typed.forEach((keys) => void this.write(keys)));
        return true;
      },
    } as unknown as NodeJS.WriteStream;
  }

  ask(): Promise<string> {
    return newPassword("dave", { input: this as unknown as NodeJS.ReadStream, prompts: this.prompts });
  }
}

describe("a password on a terminal", () => {
  test("is asked for twice, and not shown", async () => {
    const terminal = new Terminal("пароль 🔑\r", "пароль 🔑\r");
    expect(await terminal.ask()).toBe("пароль 🔑");
    expect(terminal.screen).toBe("New password for dave: \nOnce more: \n");
    expect(terminal.isRaw).toBe(false);
  });

  test.each([
    ["a backspace takes back a letter", ["secrt\x7fet\r"]],
    ["Ctrl-U takes back the line", ["wrong\x15secret\r"]],
    ["an arrow says nothing", ["sec", "\x1b[A", "ret\r"]],
  ])("is what was meant: %s", async (_, typed) => {
    expect(await new Terminal("secret\r", typed).ask()).toBe("secret");
  });

  test("may be typed ahead, both times at once", async () => {
    expect(await new Terminal("secret\rsecret\r").ask()).toBe("secret");
  });

  test("is not taken if it was not the same both times, or is empty", async () => {
    await expect(new Terminal("secret\r", "secret \r").ask()).rejects.toThrow("two different passwords");
    await expect(new Terminal("\r").ask()).rejects.toThrow("must not be empty");
  });

  test("need not be given: Ctrl-C ends it, and leaves the terminal as it was", async () => {
    const terminal = new Terminal("secr\x03et\r");
    await expect(terminal.ask()).rejects.toThrow(Interrupted);
    expect(terminal.isRaw).toBe(false);
  });
});

describe("a password on stdin", () => {
  const from = (...chunks: readonly (string | Buffer)[]) =>
    newPassword("dave", {
      input: Readable.from(chunks.map((chunk) => Buffer.from(chunk))) as unknown as NodeJS.ReadStream,
      prompts: undefined as unknown as NodeJS.WriteStream,
    });

  test.each([
    ["its first line", ["secret\nnot this\n"], "secret"],
    ["its first line, from Windows", ["secret\r\n"], "secret"],
    ["all of it, if it has no line", ["secret"], "secret"],
    [
      "what comes in pieces",
      [Buffer.from("па").subarray(0, 3), Buffer.from("па").subarray(3), Buffer.from("\n")],
      "па",
    ],
    ["blanks and all", [" two words \n"], " two words "],
  ])("is %s", async (_, chunks, password) => {
    expect(await from(...chunks)).toBe(password);
  });

  test("is not nothing, and not a file that was meant for something else", async () => {
    await expect(from()).rejects.toThrow("must not be empty");
    await expect(from("\nsecret\n")).rejects.toThrow("must not be empty");
    await expect(from("x".repeat(100_000))).rejects.toThrow("should begin with a password");
  });

  test("that is missing changes nothing", async () => {
    const sipwake = commandLine({ DATA_DIR: passingFolder() });
    expect(await sipwake(["user", "add", "dave"])).toEqual({
      code: 1,
      stdout: "",
      stderr: "sipwake: a password must not be empty\n",
    });
    expect((await sipwake(["user", "list"])).stdout).not.toContain("dave");
  });
});
