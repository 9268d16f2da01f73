import type { Log } from "../../functions/ports.ts";
import { type LocalConfig, loadConfig } from "./config.ts";
import { cannotStart, run } from "./run.ts";
import type { LocalStack } from "./stack.ts";

/** `npx sipwake edge`: sipwake in production, until this process is told to stop. */
export async function edge(): Promise<void> {
  try {
    const config = loadConfig(process.env, false);
    await run(config, undefined, (stack, log) => sayStarted(config, stack, log));
  } catch (error) {
    cannotStart(error);
  }
}

function sayStarted({ host, domains, records }: LocalConfig, stack: LocalStack, log: Log): void {
  const { ports, opsPort, users, providers } = stack;
  const listeners = { port: ports.WS, wssPort: ports.WSS, tcpPort: ports.TCP, tlsPort: ports.TLS, opsPort };
  const said = { domains: domains.join(), records, declaredUsers: users, pushes: providers.join() };
  log.info("listening", { host, ...listeners, ...said });
}
