import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";
import { faultsIn, type TwinFaults } from "../../infra/local/twin/faults.ts";
import { lambdaNode } from "../../infra/local/twin/lambda/node24.ts";
import { putUsers } from "../../infra/local/twin/put-users.ts";
import { applicationsOf } from "../../infra/local/twin/sns-applications.ts";
import type { Twin } from "../../infra/local/twin/twin.ts";
import type { Count } from "../../infra/watch/metrics.ts";
import { settlesBy } from "../support/settling.ts";
import type { TestStack } from "../support/stack.ts";
import { countIn } from "./emf.ts";
import { borrowTwin } from "./lent-twin.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PACKAGED = at("../../.serverless");
const NODE = lambdaNode(at("../../.tmp/node24"));

/** As stories set up the stack: variables of the functions, but for where records are. */
const SETTINGS: Readonly<Record<string, string>> = {
  SECRET_KEYS: `1:${createHash("sha256").update("a key of tests").digest("base64")}`,
  SNS_APPLICATIONS: applicationsOf("com.example.phone", "app"),
  SIP_DOMAINS: "localhost",
};

type Hear = (line: string) => void;

/** What goes wrong in this test. Each has dice of its own, so that another thing goes wrong in each. */
function faultsOf(seed: number | undefined): TwinFaults {
  const faults = faultsIn(process.env["TWIN_FAULTS"] ?? "{}");
  const { currentTestName } = expect.getState();
  const hash = createHash("sha256")
    .update(`${seed ?? faults.seed} ${currentTestName}`)
    .digest();
  return { ...faults, seed: hash.readUInt32BE() };
}

/**
 * What is deployed, on the cloud twin, for the users alice, bob and carol (password `sipwake`), until the test ends. What it does wrong
 * fails the test: a handler that throws, takes too long or leaves work running. `TWIN_FAULTS` holds what else shall go wrong.
 */
export async function twinStack(
  { DATA_DIR: tables, ...environment }: Readonly<Record<string, string>>,
  clock: () => number,
  { seed, hear = () => {} }: { readonly seed?: number; readonly hear?: Hear | undefined } = {},
): Promise<TestStack & Pick<Twin, "go" | "heard" | "settled">> {
  const complaints: string[] = [];
  const counts = new Map<string, Count>();
  const settings = {
    packaged: PACKAGED,
    node: NODE,
    environment: { ...SETTINGS, ...environment },
    ...(tables === undefined ? {} : { tables }),
    schedules: "asked" as const,
  };
  const { twin, giveBack } = await borrowTwin(settings, {
    clock,
    faults: faultsOf(seed),
    complain: (words) => complaints.push(words),
    hear: (name, line) => {
      if (process.env["HEAR"]) process.stderr.write(`${name}: ${line}\n`);
      const count = countIn(line);
      if (count === undefined) return hear(`${line}\n`);
      const key = JSON.stringify(count);
      counts.set(key, { ...count, times: (counts.get(key)?.times ?? 0) + 1 });
    },
  });
  let closing: Promise<void> | undefined;
  const close = () => {
    settlesBy(undefined);
    closing ??= giveBack().then(() => expect(complaints).toEqual([]));
    return closing;
  };
  onTestFinished(close);
  settlesBy(twin.settled);
  const [table = ""] = twin.tables.names;
  const users = ["alice", "bob", "carol"].map((name) => [name, "sipwake"] as const);
  await putUsers(twin.tables.url, table, users, "localhost");
  return {
    go: twin.go,
    heard: twin.heard,
    settled: twin.settled,
    port: twin.port,
    ports: { WS: twin.port, WSS: undefined, TCP: undefined, TLS: undefined },
    users: users.length,
    providers: ["apns", "apns.dev", "fcm"],
    sns: twin.sns,
    edge: {
      get connections() {
        return twin.connections();
      },
    },
    opsPort: undefined,
    drain: () => {
      throw new Error("functions do not drain");
    },
    counts: async () => [...counts.values()],
    look: () => twin.tick(),
    close,
  };
}
