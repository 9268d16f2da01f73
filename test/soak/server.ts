import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { App } from "../../functions/app/app.ts";
import type { Gateway } from "../../functions/gateway/gateway.ts";
import { deviceOf } from "../../functions/location/device.ts";
import type { ForkId } from "../../functions/location/ids.ts";
import type { Log } from "../../functions/ports.ts";
import { deadlineOf, type Fork } from "../../functions/proxy/fork.ts";
import { aor } from "../../functions/sip/aor.ts";
import { loadConfig } from "../../infra/local/config.ts";
import type { Stores } from "../../infra/local/records/stores.ts";
import { startLocalStack } from "../../infra/local/stack.ts";
import { dice } from "../fuzz/dice.ts";
import { anonymousMemory } from "./anonymous-memory.ts";
import { faulty, INJECTED } from "./faults.ts";
import { noticing } from "./noticing.ts";
import type { Census, Memory, News, Order, Run, ServerOptions } from "./protocol.ts";
import { TIMERS } from "./timers.ts";

// The server under test, in a process of its own: what `npm start` runs, with faults at its ports.

const options: ServerOptions = JSON.parse(process.argv[2] ?? "{}");

/** A fork may be looked at so much later than it asked to, in ms. */
const GRACE = 4_000;
/** After so many an alarm rings no more: `timer-alarms.ts`. */
const ATTEMPTS = 9;

function tell(news: News): void {
  process.send?.(news);
}

let runs: Run[] = [];
let stores: Stores | undefined;
let app: App | undefined;
let stories: Gateway | undefined;
/** Forks whose alarm has failed, and how often. */
const failing = new Map<string, number>();

const cut = (connection: string) => stack.edge.find(connection)?.terminate(1_011);
const faults = faulty(options.faults, dice(options.seed), cut, (run, failed) => {
  if (run.what === "alarm") {
    if (failed) failing.set(run.callId, (failing.get(run.callId) ?? 0) + 1);
    else failing.delete(run.callId);
  }
  runs.push(run);
});

const log: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (event, fields = {}) => {
    const { what = event, error = "" } = fields;
    const isOurs = String(error).includes(INJECTED);
    tell({
      news: "fault",
      what: String(what),
      cause: isOurs ? undefined : `${event}: ${JSON.stringify(fields)}`,
    });
  },
};

const usersFile = join(options.folder, "users.csv");
writeFileSync(usersFile, options.users.map((user) => `${user},sipwake\n`).join(""));
const config = loadConfig({
  PORT: String(options.port),
  DATA_DIR: join(options.folder, "data"),
  SIP_USERS: "",
  SIP_USERS_FILE: usersFile,
  BUCKET_SECONDS: String(TIMERS.bucket / 1_000),
  TURN_SECONDS: String(TIMERS.turn / 1_000),
  HEDGE_MS: String(TIMERS.hedge),
  // All come from one address, and call each other all the time.
  ADDRESS_CONNECTIONS: "0",
  REQUESTS_PER_SECOND: "0",
  DEVICE_PUSHES: "0",
  CALLER_PUSHES: "0",
  PAIR_PUSHES: "0",
});

const stack = await startLocalStack(config, undefined, log, Date.now, undefined, {
  ports: (ours, kept) => {
    stores = kept;
    app = { ...ours, settings: { ...ours.settings, timers: { ...ours.settings.timers, ...TIMERS } } };
    return faults.ports(app);
  },
  handlers: (gateway) => {
    stories = noticing(faults.handlers(gateway), (line) => tell({ news: "noticed", line }));
    return stories;
  },
});

async function census(): Promise<Census> {
  let forsaken = 0;
  // Their next attempts may be minutes away: an alarm is only a hint to look.
  for (const [fork, times] of failing) {
    if (times >= ATTEMPTS) forsaken++;
    await stories?.alarm(fork as ForkId);
  }
  await stack.look();
  const now = Date.now();
  const stuck: string[] = [];
  const parked: string[] = [];
  let open = 0;
  for await (const fork of stores?.keptForks() ?? []) {
    const deadline = deadlineOf(fork);
    if (fork.owed || deadline !== undefined) open++;
    if (deadline !== undefined && deadline + GRACE < now) stuck.push(told(fork, now));
    for (const branch of fork.branches) {
      if (branch.state !== "waking" || branch.until <= now) continue;
      const bindings = (await app?.locations.read(fork.callee))?.value?.bindings ?? [];
      const isThere = bindings.some(
        ({ key, connection }) =>
          deviceOf(key) === deviceOf(branch.key) && connection !== undefined && stack.edge.find(connection),
      );
      if (isThere) parked.push(told(fork, now));
    }
  }
  const bindings: Census["bindings"][number][] = [];
  for (const user of options.users) {
    const { value } = (await app?.locations.read(aor(user, "localhost"))) ?? {};
    for (const { key, connection } of value?.bindings ?? [])
      bindings.push({
        user,
        key,
        connection,
        isHeld: connection !== undefined && stack.edge.find(connection) !== undefined,
      });
  }
  return { stuck, open, forsaken, parked, bindings };
}

function told(fork: Fork, now: number): string {
  const states = fork.branches.map((branch) =>
    "until" in branch ? `${branch.state} until ${((branch.until - now) / 1000).toFixed(1)} s` : branch.state,
  );
  const callId = /\r\nCall-ID: (.*)\r\n/.exec(fork.head)?.[1];
  return `${fork.method} ${callId} for ${fork.callee}: ${states.join(", ")}${fork.owed ? ", owed" : ""}, final ${fork.final}; ${JSON.stringify(fork.history)}`;
}

function memory(): Memory {
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { at: Date.now(), rss, anonymous: anonymousMemory(), heap: heapUsed };
}

stack.sns?.inbox.listen(({ token, payload }) => {
  tell({ news: "push", token, kind: /"kind\\*":\\*"(\w+)/.exec(JSON.stringify(payload))?.[1] ?? "" });
});

setInterval(() => {
  if (runs.length > 0) tell({ news: "runs", runs });
  runs = [];
  tell({ news: "faults", calls: faults.calls(), faults: faults.counts });
}, 250).unref();

process.on("message", async ({ do: what }: Order) => {
  if (what === "calm") faults.calm();
  else if (what === "memory") tell({ news: "memory", memory: memory() });
  else if (what === "census") {
    const found = await census();
    tell({ news: "census", census: found });
  } else {
    await stack.close();
    tell({ news: "stopped" });
    process.disconnect?.();
  }
});
tell({ news: "ready", port: stack.port });
