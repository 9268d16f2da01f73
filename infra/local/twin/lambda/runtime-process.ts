import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** How a function's process is started. */
export interface ProcessOptions {
  /** The Node that runs it. */
  readonly node: string;
  /** The file with the handler, and what it is called there. */
  readonly file: string;
  readonly exported: string;
  /** All that the function finds in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** MB. */
  readonly memory: number;
  /** Gets what it writes, line by line. */
  readonly hear: (line: string) => void;
}

/** An event for it. */
export interface Invocation {
  readonly event: unknown;
  readonly context: Readonly<Record<string, string>>;
  /** Ms. */
  readonly timeout: number;
  /** How far off its clock is, in ms. */
  readonly clockSkew: number;
}

/** What a function did with an event. */
export interface Outcome {
  readonly result: unknown;
  /** Kinds of what it had not waited for; frozen by now. */
  readonly leftRunning: readonly string[];
}

interface Described {
  readonly name: string;
  readonly message: string;
}

type Said =
  | { readonly type: "ready" }
  | { readonly type: "unfit" | "failed"; readonly error: Described }
  | { readonly type: "done"; readonly result?: string; readonly leftRunning: readonly string[] };

/** Beside this file, in the source and in dist/. */
const RUNTIME = fileURLToPath(new URL("./runtime.mjs", import.meta.url));
/** As Lambda's, in ms. */
const INIT = 10_000;

const alive = new Set<ChildProcess>();
// However this process ends, but for SIGKILL: what is frozen would stay so.
process.on("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/**
 * A process that runs one function, one event at a time, and is frozen in between, as Lambda does: what was left running stands still
 * until the next event.
 */
export class RuntimeProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #ready: Promise<Said>;
  #isEnded = false;
  #isKilled = false;
  #told: ((said: Said) => void) | undefined;

  constructor({ node, file, exported, environment, memory, hear }: ProcessOptions) {
    const args = [`--max-old-space-size=${memory}`, RUNTIME, file, exported];
    this.#child = spawn(node, args, { env: environment, stdio: ["ignore", "pipe", "pipe", "ipc"] });
    alive.add(this.#child);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) byLine(stream, hear);
    }
    this.#ready = this.#answer(INIT, "took too long to start");
    this.#child.on("message", (said: Said) => this.#told?.(said));
    this.#ended = new Promise((resolve) => {
      const ended = () => {
        alive.delete(this.#child);
        this.#isEnded = true;
        this.#told?.({ type: "unfit", error: { name: "Runtime.ExitError", message: "Runtime exited" } });
        resolve();
      };
      this.#child.once("close", ended);
      this.#child.once("error", ended);
    });
  }

  /** Whether it can take another event. */
  get isAlive(): boolean {
    return !this.#isEnded && !this.#isKilled;
  }

  /** Rejects with what the function threw, or `Sandbox.Timedout`, `Runtime.ExitError`; a process that took too long is killed. */
  async run({ event, context, timeout, clockSkew }: Invocation): Promise<Outcome> {
    const ready = await this.#ready;
    if (ready.type !== "ready") {
      await this.kill();
      throw errorOf(ready);
    }
    this.#child.kill("SIGCONT");
    const answer = this.#answer(timeout, `Task timed out after ${(timeout / 1_000).toFixed(2)} seconds`);
    const deadline = Date.now() + timeout;
    this.#child.send({ event: JSON.stringify(event), context, deadline, clockSkew });
    const said = await answer;
    if (said.type === "done") {
      this.#child.kill("SIGSTOP");
      return { result: JSON.parse(said.result ?? "null"), leftRunning: said.leftRunning };
    }
    if (said.type === "failed") this.#child.kill("SIGSTOP");
    else await this.kill();
    throw errorOf(said);
  }

  /** At once, frozen or not; answers when it is gone. */
  async kill(): Promise<void> {
    this.#isKilled = true;
    if (!this.#isEnded) {
      this.#child.kill("SIGKILL");
      this.#child.kill("SIGCONT");
    }
    await this.#ended;
  }

  #answer(ms: number, words: string): Promise<Said> {
    return new Promise((resolve) => {
      const error = { name: "Sandbox.Timedout", message: words };
      const timer = setTimeout(() => resolve({ type: "unfit", error }), ms);
      this.#told = (said) => {
        clearTimeout(timer);
        this.#told = undefined;
        resolve(said);
      };
    });
  }
}

/** By the function's own name for it. */
function errorOf(said: Said): Error {
  const { name, message } = "error" in said ? said.error : { name: "Error", message: `it said ${said.type}` };
  return Object.assign(new Error(message), { name });
}

function byLine(stream: NodeJS.ReadableStream, hear: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) hear(line);
  });
  stream.on("end", () => {
    if (rest !== "") hear(rest);
  });
}
