import { type LocalConfig, loadConfig } from "./config.ts";
import { cannotStart, run } from "./run.ts";
import type { LocalStack } from "./stack.ts";
import { VARIABLES } from "./variables.ts";
import { variablesHelp } from "./variables-help.ts";

/** The built page lies beside this file once that is built, too. */
const PAGE = new URL("./page/", import.meta.url);

/** `npm start`: the whole of sipwake in this process, set up by environment variables, with what is for trying it out. */
async function main(): Promise<void> {
  if (process.argv.includes("--help")) return print(help());
  const config = loadConfig(process.env);
  await run(config, PAGE, (stack) => print(welcome(config, stack)));
}

function welcome(
  { host, domains, users }: LocalConfig,
  { port, ports, users: userCount, providers, sns }: LocalStack,
): string {
  const at = (some: number) => `${host.includes(":") ? `[${host}]` : host}:${some}`;
  const address = at(port);
  const names = users.slice(0, 2).map(([name]) => `sip:${name}@${domains[0]}`);
  const stream = (transport: "tcp" | "tls", own: number | undefined) =>
    own === undefined ? [] : [[transport, `sip:${at(own)};transport=${transport}`, "any SIP client"]];
  const lines = [
    ["try it", `http://${address}/`, "two phones; put one to sleep and call it"],
    [
      "phones",
      `ws://${address}/`,
      `any SIP-over-WebSocket client, as ${names.join(" or ") || "one of your users"}`,
    ],
    ...stream("tcp", ports.TCP),
    ...stream("tls", ports.TLS),
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
  return `sipwake on this machine: edge, functions and records in one process.

Usage: npm start

For trying it out. In production: npx sipwake edge (docs/self-hosting.md).

Environment:
${variablesHelp(VARIABLES)}

Without SNS_APPLICATIONS, APNS_… and FCM_SERVICE_ACCOUNT, pushes go to a double of
SNS in the same process, and nowhere else. Else phones that name a push service
that is not configured are refused (555).

With RECORDS=dynamodb or SNS_APPLICATIONS the AWS SDK's usual variables apply (AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB, …).
`;
}

function print(text: string): void {
  process.stdout.write(text);
}

main().catch(cannotStart);
