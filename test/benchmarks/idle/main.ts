import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { MeasuredStack, type Memory } from "./measured-stack.ts";
import type { Order, Outcome } from "./phones.ts";

// `npm run bench:idle`: what registered phones cost that do nothing, and how long it takes until all are back after a crash.

const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "18000" },
    seconds: { type: "string", default: "60" },
    storm: { type: "string", default: "5000" },
  },
});
const connections = Number(values.connections);
const storm = Number(values.storm);
const KEEP_ALIVE = 30;
const MB = 2 ** 20;
/** Who comes before anything is measured: what the first ones cost, they cost once. */
const WARM_UP = 500;

const folder = mkdtempSync(join(tmpdir(), "sipwake-idle-"));
const phones = fork(fileURLToPath(new URL("phones.mjs", import.meta.url)));

async function tell(order: Order): Promise<Outcome> {
  phones.send(order);
  const [outcome] = await once(phones, "message");
  return outcome;
}

function perConnection(after: Memory, before: Memory): string {
  const kb = (name: keyof Memory) => ((after[name] - before[name]) / connections / 1024).toFixed(2);
  const room = `${Math.round(before.young / MB)} MB before, ${Math.round(after.young / MB)} MB now`;
  return `${kb("own")} KB (of it heap ${kb("heap")}), and ${kb("files")} KB of files in memory; room for young objects ${room}`;
}

function report({ registered, seconds, retries, refusals }: Outcome): string {
  return `${registered} registered after ${seconds.toFixed(1)} s, ${retries} retries ${JSON.stringify(refusals)}`;
}

async function idle(): Promise<void> {
  const stack = await MeasuredStack.start(folder, connections);
  await tell({ do: "come", port: stack.port, count: WARM_UP, atOnce: 50 });
  await tell({ do: "leave" });
  const before = await stack.memory();
  print(report(await tell({ do: "come", port: stack.port, count: connections, atOnce: 50 })));
  const during = await stack.memory();
  print(`memory per connection: ${perConnection(during, before)}`);
  const cpu = stack.cpu();
  const { seconds, registered } = await tell({
    do: "stay",
    seconds: Number(values.seconds),
    keepAlive: KEEP_ALIVE,
  });
  const share = (100 * (stack.cpu() - cpu)) / seconds;
  print(
    `idle, a ping of ours every 25 s and theirs every ${KEEP_ALIVE} s: ${share.toFixed(1)} % of a core, ${registered} still there`,
  );
  print(`memory per connection after that: ${perConnection(await stack.memory(), before)}`);
  await tell({ do: "leave" });
  print(`left of it when all have gone: ${perConnection(await stack.memory(), before)}`);
  await tell({ do: "come", port: stack.port, count: connections, atOnce: 50 });
  print(`memory per connection when all have come again: ${perConnection(await stack.memory(), before)}`);
  await tell({ do: "leave" });
  print(`left of it when all have gone again: ${perConnection(await stack.memory(), before)}`);
  await stack.kill();
}

async function reconnect(): Promise<void> {
  const stack = await MeasuredStack.start(folder, storm);
  await tell({ do: "come", port: stack.port, count: storm, atOnce: 50 });
  await stack.kill();
  const again = await MeasuredStack.start(folder, storm, stack.port);
  print(
    `all ${storm} at once, after a crash: ${report(await tell({ do: "come", port: stack.port, count: storm, atOnce: storm }))}`,
  );
  await again.kill();
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  if (connections > 0) await idle();
  if (storm > 0) await reconnect();
} finally {
  phones.kill();
  rmSync(folder, { recursive: true, force: true });
}
