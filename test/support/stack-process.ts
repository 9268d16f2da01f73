import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const START = fileURLToPath(new URL("../../dist/start.js", import.meta.url));
const SIPWAKE = fileURLToPath(new URL("../../dist/sipwake.js", import.meta.url));

/** What `npm start` runs once it has built, in a process of its own. */
export function startProcess(
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): ChildProcess {
  return startedProcess([START, ...args], environment);
}

/** What `npx sipwake edge` runs, in a process of its own. */
export function startEdge(environment: Readonly<Record<string, string>>): ChildProcess {
  return startedProcess([SIPWAKE, "edge"], environment);
}

function startedProcess(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): ChildProcess {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env["PATH"], PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** Everything that the process says until it says what is wanted; rejects if it ends before. */
export async function says(child: ChildProcess, wanted: RegExp): Promise<string> {
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (wanted.test(said)) child.emit("said");
    });
  }
  const ended = once(child, "close").then(() => {
    if (!wanted.test(said)) throw new Error(`it ended and said ${said}`);
  });
  await Promise.race([once(child, "said"), ended]);
  return said;
}

/** The port that it listens on, once it does. */
export async function portOf(child: ChildProcess): Promise<number> {
  return portIn(await says(child, /listens on.*pushes/s));
}

/** The port that a process says that it listens on. */
export function portIn(said: string): number {
  return Number(/listens on 127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
}
