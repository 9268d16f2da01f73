import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The command line as it was built. */
export const SIPWAKE = fileURLToPath(new URL("../../dist/sipwake.js", import.meta.url));

/** How a command ended, and all that it said. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line in this environment, and no other: runs a command, `stdin` being all that is typed. */
export function commandLine(
  environment: Readonly<Record<string, string>>,
): (args: readonly string[], stdin?: string) => Promise<Ended> {
  return (args, stdin = "") =>
    new Promise((resolve, reject) => {
      const env = { PATH: process.env["PATH"], ...environment };
      const child = spawn(process.execPath, [SIPWAKE, ...args], { env, stdio: "pipe" });
      const stdout = textOf(child.stdout);
      const stderr = textOf(child.stderr);
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, stdout: stdout(), stderr: stderr() }));
      // A command may end without reading it.
      child.stdin.on("error", () => {});
      child.stdin.end(stdin);
    });
}

/** Collects what comes out of a stream; answers what has, when it is asked. */
export function textOf(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}
