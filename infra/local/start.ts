import { ConfigError } from "../../functions/config/config-error.ts";
import { jsonLog } from "../../functions/log.ts";
import { type LocalConfig, loadConfig } from "./config.ts";
import { type LocalStack, startLocalStack } from "./stack.ts";
import { VARIABLES } from "./variables.ts";

/** The built page lies beside this file once that is built, too. */
const PAGE = new URL("./page/", import.meta.url);

/** `npm start`: the whole of sipwake in this process, set up by environment variables. */
async function main(): Promise<void> {
  if (process.argv.includes("--help")) return print(help());
  // The SDK's advice about Node versions is for us, who pin it, and not for who starts this.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const config = loadConfig(process.env);
  const log = jsonLog(config.logLevel, (line) => process.stdout.write(line), Date.now);
  const stack = await startLocalStack(config, PAGE, log);
  print(welcome(config, stack));
  let isStopping = false;
  const stop = () => {
    // A second signal means it.
    if (isStopping) process.exit(1);
    isStopping = true;
    stack.close().then(() => process.exit(0), fail);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

function welcome(
  { host, domains, users }: LocalConfig,
  { port, users: userCount, providers, sns }: LocalStack,
): string {
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const names = users.slice(0, 2).map(([name]) => `sip:${name}@${domains[0]}`);
  const lines = [
    ["try it", `http://${address}/`, "two phones; put one to sleep and call it"],
    [
      "phones",
      `ws://${address}/`,
      `any SIP-over-WebSocket client, as ${names.join(" or ") || "one of your users"}`,
    ],
    sns === undefined
      ? ["pushes", providers.join(", "), "phones of these services are really pushed; others are refused"]
      : ["pushes", `http://${address}/push-inbox`, "what would have gone to APNs and FCM"],
    ["users", "npx sipwake user add NAME", "adds one to the records; npx sipwake --help says more"],
  ];
  const width = Math.max(...lines.map(([, where = ""]) => where.length));
  return `
sipwake listens on ${address} for ${domains.join(", ")}; the environment declares ${userCount} users.

${lines.map(([what = "", where = "", why]) => `  ${what.padEnd(8)} ${where.padEnd(width)}  ${why}\n`).join("")}
`;
}

function help(): string {
  const lines = Object.entries(VARIABLES).map(
    ([name, [fallback, meaning]]) =>
      `  ${name.padEnd(19)} ${meaning}${fallback === "" ? "" : ` [${fallback}]`}`,
  );
  return `sipwake on this machine: edge, functions and records in one process.

Usage: npm start

Environment:
${lines.join("\n")}

Without SNS_APPLICATIONS, APNS_… and FCM_SERVICE_ACCOUNT, pushes go to a double of
SNS in the same process, and nowhere else. Else phones that name a push service
that is not configured are refused (555).

With RECORDS=dynamodb or SNS_APPLICATIONS the AWS SDK's usual variables apply (AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB, …).
`;
}

function print(text: string): void {
  process.stdout.write(text);
}

function fail(error: unknown): never {
  const problems = error instanceof ConfigError ? error.problems : [explain(error)];
  process.stderr.write(`sipwake cannot start:\n${problems.map((problem) => `  ${problem}\n`).join("")}`);
  process.exit(1);
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE")
    return `${error.message}: something else listens there; set PORT or FLEET_PORT to another port`;
  return code === undefined ? (error.stack ?? error.message) : error.message;
}

main().catch(fail);
