import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { VARIABLES } from "../../../functions/config/variables.ts";
import { faultsIn } from "./faults.ts";
import { lambdaNode } from "./lambda/node24.ts";
import { putUsers } from "./put-users.ts";
import { applicationsOf } from "./sns-applications.ts";
import { startTwin, type Twin } from "./twin.ts";

/** Where the build of this file is, in a folder of the repository's root. */
const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** `npm run twin`: what has just been packaged, on a stand-in for AWS. */
async function main(): Promise<void> {
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const { HOST = "127.0.0.1", PORT = "8080", TWIN_FAULTS = "{}", SIP_DOMAINS = "localhost" } = process.env;
  const { SIP_USERS = "alice:sipwake,bob:sipwake" } = process.env;
  const twin = await startTwin({
    packaged: at(".serverless"),
    node: lambdaNode(at(".tmp/node24")),
    host: HOST,
    port: Number(PORT),
    environment: { ...DEFAULTS, SIP_DOMAINS, ...setHere() },
    faults: faultsIn(TWIN_FAULTS),
    hear: (name, line) => print(`${name} ${line}\n`),
    complain: (words) => print(`! ${words}\n`),
  });
  const users = SIP_USERS.split(",").map((user) => {
    const [name = "", ...password] = user.split(":");
    return [name, password.join(":")] as const;
  });
  const [table = ""] = twin.tables.names;
  await putUsers(twin.tables.url, table, users, SIP_DOMAINS.split(",")[0] ?? "");
  print(welcome(twin, table, SIP_DOMAINS));
  let isStopping = false;
  const stop = () => {
    // A second signal means it.
    if (isStopping) process.exit(1);
    isStopping = true;
    twin.close().then(() => process.exit(0), fail);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

/** What a stage would say, and what is nobody's secret here. */
const DEFAULTS: Readonly<Record<string, string>> = {
  SECRET_KEYS: `twin:${randomBytes(32).toString("base64")}`,
  SNS_APPLICATIONS: applicationsOf("com.example.phone", "app"),
};

/** The functions' variables that are set for this process: they hold for the functions. */
function setHere(): Readonly<Record<string, string>> {
  const names = Object.keys(VARIABLES).filter((name) => process.env[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? ""]));
}

function welcome({ url, tables, sns }: Twin, table: string, domains: string): string {
  const where = `RECORDS=dynamodb TABLE=${table} AWS_ENDPOINT_URL_DYNAMODB=${tables.url}`;
  return `
The cloud twin runs what was packaged.

  phones   ${url}
  table    ${where} SIP_DOMAINS=${domains} SIP_USERS= npx sipwake user add NAME
  pushes   ${sns.url}, a double of SNS; what functions write follows

`;
}

function print(text: string): void {
  process.stdout.write(text);
}

function fail(error: unknown): never {
  process.stderr.write(`the twin cannot start:\n  ${error instanceof Error ? error.stack : error}\n`);
  process.exit(1);
}

main().catch(fail);
