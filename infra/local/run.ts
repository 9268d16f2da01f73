import { ConfigError } from "../../functions/config/config-error.ts";
import { jsonLog } from "../../functions/log.ts";
import type { Log } from "../../functions/ports.ts";
import type { LocalConfig } from "./config.ts";
import { doubts } from "./doubts.ts";
import { ecsAddress } from "./ecs-address.ts";
import { type LocalStack, startLocalStack } from "./stack.ts";

/** How long the ends of all connections may take, in ms. What is not written by then is found out by the first who asks. */
const STOPPING = 20_000;

/**
 * The stack, until this process is told to stop: it drains then, and ends with 0. Rejects, or ends with 1, if it cannot be started or
 * stopped; a second signal ends it at once. Log lines go to stdout. `page` is the folder of the pages for people, if there are to be
 * any; `started` is to say that it runs.
 */
export async function run(
  config: LocalConfig,
  page: URL | undefined,
  started: (stack: LocalStack, log: Log) => void,
): Promise<void> {
  // The SDK's advice about Node versions is for us, who pin it, and not for who starts this.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const log = jsonLog(config.logLevel, (line) => process.stdout.write(line), Date.now);
  for (const [message, fields] of doubts(config)) log.warn(message, fields);
  const stack = await startLocalStack(await located(config), page, log);
  started(stack, log);
  let isStopping = false;
  const stop = () => {
    // A second signal means it.
    if (isStopping) process.exit(1);
    isStopping = true;
    drained(stack, config.drain).then(
      () => process.exit(0),
      (error) => end("stop", error),
    );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

/** Says on stderr, in lines for people, why sipwake does not run, and ends this process with 1. */
export function cannotStart(error: unknown): never {
  return end("start", error);
}

function end(doing: "start" | "stop", error: unknown): never {
  const problems = error instanceof ConfigError ? error.problems : [explain(error)];
  process.stderr.write(`sipwake cannot ${doing}:\n${problems.map((problem) => `  ${problem}\n`).join("")}`);
  process.exit(1);
}

/** Knows its own address in the fleet. */
async function located(config: LocalConfig): Promise<LocalConfig> {
  const { fleet } = config;
  if (fleet?.host !== "ecs") return config;
  return { ...config, fleet: { ...fleet, host: await ecsAddress(process.env) } };
}

/** Stops in the order that a load balancer wants: no new clients, time to notice, the end of all connections; and in any case. */
async function drained(stack: LocalStack, drain: number): Promise<void> {
  stack.drain();
  if (drain > 0) await new Promise((resolve) => setTimeout(resolve, drain));
  setTimeout(() => process.exit(1), STOPPING).unref();
  await stack.close();
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE")
    return `${error.message}: something else listens there; set PORT, or its like, to another port`;
  return code === undefined ? (error.stack ?? error.message) : error.message;
}
