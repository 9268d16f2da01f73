import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dice } from "../fuzz/dice.ts";
import { Evidence } from "./evidence.ts";
import { finalLooks } from "./final-looks.ts";
import { people } from "./people.ts";
import type { News } from "./protocol.ts";
import type { Report } from "./report.ts";
import { Servers } from "./servers.ts";
import { slopes } from "./slope.ts";
import { unrest } from "./unrest.ts";

export interface SoakOptions {
  /** The server under test, built. */
  readonly server: string;
  readonly seconds: number;
  readonly seed: number;
  /** The chance of a fault at each call of a port, in %. */
  readonly faults: number;
  readonly phones: number;
  /** Calls a second. */
  readonly rate: number;
  /** How often the server is killed, in s; 0 for never. */
  readonly killEvery: number;
  readonly tell?: (line: string) => void;
}

/** An order to stop must be followed within this, in ms. */
const STOPPING = 20_000;

/** Mixed traffic for a while over a server whose ports fail; then peace, and a look at what is left. */
export async function soak(options: SoakOptions): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "sipwake-soak-"));
  try {
    return await soakIn(folder, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function soakIn(folder: string, options: SoakOptions): Promise<Report> {
  const { seconds, seed, faults, rate, killEvery, tell = () => {} } = options;
  const evidence = new Evidence();
  const throws = dice(seed);
  const all = people(options.phones, throws, () => servers.port, evidence);
  const { phones, users, place } = all;
  const hear = (news: News) => {
    if (news.news === "runs") for (const run of news.runs) evidence.runs.add(run);
    else if (news.news === "fault") evidence.fault(news.what, news.cause);
    else if (news.news === "noticed") all.noticed(news.line);
    else if (news.news === "push") {
      evidence.count(`push ${news.kind}`);
      // A cancel wakes nobody.
      if (news.kind !== "cancel") all.pushed(news.token);
    }
  };
  const servers = new Servers(options.server, { folder, faults, seed, users }, hear);

  await servers.start();
  for (const phone of phones) phone.come();
  const halfway = () =>
    tell(`half of it: ${place.calls.size} calls, ${evidence.violations.length} violations`);
  const { memory, records } = await unrest(all, servers, { seconds, rate, killEvery, halfway });

  tell("no more faults");
  const server = await servers.last();
  server.calm();
  for (const [n, phone] of phones.entries()) {
    if (n % 2 === 1) phone.end(throws.pick(["close", "reset"]));
    else phone.come();
  }
  const { kills } = servers;
  const isFaultless = faults === 0 && killEvery === 0;
  const found = await finalLooks(all, server, evidence, { isFaultless, wasKilled: kills > 0 });
  if (!(await server.stop(STOPPING))) evidence.wrong("the server did not stop");
  const { violations, counts, faultLines } = evidence;
  const injected = servers.injected;
  return {
    ...found,
    violations,
    counts,
    calls: place.calls.size,
    ports: injected.calls,
    faults: injected.faults,
    faultLines,
    kills,
    memory,
    slope: slopes(memory),
    records,
  };
}
