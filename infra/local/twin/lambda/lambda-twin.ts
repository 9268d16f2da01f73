import { join } from "node:path";
import type { Invoke } from "../invoke.ts";
import { REGION } from "../place.ts";
import type { PackagedFunction } from "../template/functions-in.ts";
import { FunctionTwin } from "./function-twin.ts";
import { unpack } from "./unpack.ts";

export interface LambdaTwinOptions {
  readonly functions: readonly PackagedFunction[];
  /** The Node that runs them. */
  readonly node: string;
  /** Where zips are unpacked, and compiled code is kept for the next time. */
  readonly folder: string;
  readonly clockSkew: () => number;
  /** Gets each line that a function writes. */
  readonly hear: (name: string, line: string) => void;
  readonly complain: (words: string) => void;
}

/** All functions of the template, and whatever runs in them. */
export interface LambdaTwin {
  readonly invoke: Invoke;
  /** How many processes there are, at work or frozen. */
  processes(): number;
  /** When no event is being handled. */
  settled(): Promise<void>;
  /** Kills what runs or is frozen. */
  close(): Promise<void>;
}

/** Throws if a zip or a handler is missing. */
export function lambdaTwin(options: LambdaTwinOptions): LambdaTwin {
  const { folder, node, hear, clockSkew, complain } = options;
  const twins = new Map<string, FunctionTwin>();
  for (const packaged of options.functions) {
    const { name, zip, handler, memory } = packaged;
    const { root, file, exported } = unpack(zip, folder, handler);
    const environment = environmentOf(packaged, root, join(folder, "compiled"));
    const lines = (line: string) => hear(name, line);
    const process = { node, file, exported, environment, memory, hear: lines };
    twins.set(name, new FunctionTwin({ packaged, process, clockSkew, complain }));
  }
  const running = new Set<Promise<unknown>>();
  return {
    invoke: (name, event) => {
      const twin = twins.get(name);
      if (twin === undefined) return Promise.reject(new Error(`there is no function ${name}`));
      const work = twin.invoke(event);
      running.add(work);
      const done = () => running.delete(work);
      work.then(done, done);
      return work;
    },
    processes: () => [...twins.values()].reduce((sum, twin) => sum + twin.processes, 0),
    settled: async () => {
      while (running.size > 0) await Promise.allSettled(running);
    },
    close: async () => {
      await Promise.all([...twins.values()].map((twin) => twin.close()));
    },
  };
}

/** What Lambda sets, and the function's own over it. */
function environmentOf(
  { name, handler, memory, environment }: PackagedFunction,
  root: string,
  compiled: string,
): Readonly<Record<string, string>> {
  return {
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: "twin",
    AWS_SECRET_ACCESS_KEY: "twin",
    AWS_SESSION_TOKEN: "twin",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
    LAMBDA_TASK_ROOT: root,
    _HANDLER: handler,
    TZ: ":UTC",
    // Not Lambda's: the twin starts many processes with the same code.
    NODE_COMPILE_CACHE: compiled,
    ...environment,
  };
}
