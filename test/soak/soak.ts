import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dice } from "../fuzz/dice.ts";
import type { Call } from "./call.ts";
import { type Found, judgeCalls, judgeCensus, judgeGhosts, Runs } from "./judge.ts";
import { Phone, type Place } from "./phone.ts";
import type { Census, Memory, News } from "./protocol.ts";
import { type RecordCounts, recordCounts } from "./record-counts.ts";
import { ServerProcess } from "./server-process.ts";
import { TIMERS } from "./timers.ts";
import { DEEDS_A_CALL, doSomething } from "./traffic.ts";

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

export interface Report {
  readonly violations: readonly string[];
  /** What a fault explains: docs/design.md has what is known. */
  readonly excused: Readonly<Record<string, number>>;
  /** What was asked and answered. */
  readonly counts: Readonly<Record<string, number>>;
  readonly calls: number;
  /** Calls of ports, and the faults that they met. */
  readonly ports: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly faultLines: Readonly<Record<string, number>>;
  readonly kills: number;
  readonly stuckForks: number;
  readonly ghosts: number;
  /** Alarms that failed so often that they ring no more. */
  readonly forsaken: number;
  readonly memory: readonly Memory[];
  /** Of the second half, in KB a minute. */
  readonly slope: { readonly rss: number; readonly heap: number };
  readonly records: {
    readonly start: RecordCounts;
    readonly middle: RecordCounts;
    readonly end: RecordCounts;
  };
}

const SAMPLE = 5_000;
/** Nothing waits longer once the faults have stopped: it rings, its device says nothing to the CANCEL, and its caller is told. In ms. */
const LONGEST = TIMERS.timerC + 2 * TIMERS.transaction + TIMERS.bucket + 5_000;
/** An order to stop must be followed within this, in ms. */
const STOPPING = 20_000;
/** A user is taken to be somewhere only when the server has had time to notice, in ms. */
const NOTICED = 1_000;

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

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
  const throws = dice(seed);
  const users = Array.from({ length: Math.ceil(options.phones * 0.75) }, (_, n) => `u${n}`);
  const violations: string[] = [];
  const counts: Record<string, number> = {};
  const faultLines: Record<string, number> = {};
  const runs = new Runs();
  const memory: Memory[] = [];
  const injected = { calls: 0, faults: {} as Readonly<Record<string, number>> };
  const former = { calls: 0, faults: {} as Record<string, number> };
  const phonesOf = new Map<string, Phone[]>();
  let server: ServerProcess | undefined;
  let port = 0;
  let kills = 0;

  const place: Place = {
    dice: throws,
    port: () => port,
    calls: new Map<string, Call>(),
    messages: new Map(),
    isSteady: ({ caller, user, placedAt }) => {
      const devices = phonesOf.get(user) ?? [];
      const since = placedAt - NOTICED;
      const canBeReached = devices.some(
        ({ goal, push }) => goal === "awake" || (goal === "asleep" && push !== "none"),
      );
      return (
        caller.isSteadySince(since) && canBeReached && devices.every((phone) => phone.isSteadySince(since))
      );
    },
    wrong: (what) => void violations.push(what),
    count: (what) => {
      counts[what] = (counts[what] ?? 0) + 1;
    },
  };
  const phones = Array.from({ length: options.phones }, (_, n) => {
    const user = users[n % users.length] as string;
    const phone = new Phone(place, `p${n}`, user, (["fcm", "apns", "none"] as const)[n % 3] as "fcm");
    phonesOf.set(user, [...(phonesOf.get(user) ?? []), phone]);
    return phone;
  });
  const byToken = new Map(phones.map((phone) => [phone.token, phone]));

  const hear = (news: News) => {
    switch (news.news) {
      case "push":
        place.count(`push ${news.kind}`);
        // A cancel wakes nobody.
        if (news.kind !== "cancel") byToken.get(news.token)?.pushed();
        return;
      case "runs":
        for (const run of news.runs) runs.add(run);
        return;
      case "fault":
        faultLines[news.what] = (faultLines[news.what] ?? 0) + 1;
        if (news.cause !== undefined) violations.push(`a fault that nobody injected: ${news.cause}`);
        return;
      case "faults":
        injected.calls = news.calls;
        injected.faults = news.faults;
        return;
      // What was asked for comes where it is awaited.
      default:
        return;
    }
  };

  const start = async () => {
    former.calls += injected.calls;
    for (const [fault, times] of Object.entries(injected.faults))
      former.faults[fault] = (former.faults[fault] ?? 0) + times;
    injected.calls = 0;
    injected.faults = {};
    server = await ServerProcess.start(
      options.server,
      { folder, port, faults, seed: seed + kills, users },
      hear,
    );
    port = server.port;
  };

  const restart = async () => {
    kills++;
    await server?.kill();
    server = undefined;
    await wait(500);
    await start();
  };

  const sample = async () => {
    try {
      const now = await server?.memory();
      if (now !== undefined) memory.push(now);
    } catch {
      // It was killed just now.
    }
  };

  await start();
  for (const phone of phones) phone.come();
  const began = Date.now();
  const dataDir = join(folder, "data");
  let isRestarting: Promise<void> | undefined;
  const sampling = setInterval(() => void sample(), SAMPLE);
  const killing =
    killEvery > 0
      ? setInterval(() => {
          isRestarting ??= restart().finally(() => {
            isRestarting = undefined;
          });
        }, killEvery * 1_000)
      : undefined;
  let atStart: RecordCounts | undefined;
  let inTheMiddle: RecordCounts | undefined;
  let deeds = 0;
  while (Date.now() - began < seconds * 1_000) {
    const passed = Date.now() - began;
    while (deeds < (passed / 1_000) * rate * DEEDS_A_CALL) {
      deeds++;
      doSomething(phones, users, throws);
    }
    // Once all have registered, with the first calls.
    if (atStart === undefined && passed > Math.min(10_000, seconds * 100))
      atStart = await recordCounts(dataDir);
    if (inTheMiddle === undefined && passed > seconds * 500) {
      inTheMiddle = await recordCounts(dataDir);
      tell(`half of it: ${place.calls.size} calls, ${violations.length} violations`);
    }
    await wait(10);
  }
  clearInterval(sampling);
  clearInterval(killing);
  await isRestarting;
  const atEnd = await recordCounts(dataDir);
  await sample();

  tell("no more faults");
  const last = server as unknown as ServerProcess;
  last.calm();
  for (const [n, phone] of phones.entries()) {
    if (n % 2 === 1) phone.end(throws.pick(["close", "reset"]));
    else phone.come();
  }
  const here = phones.filter(({ goal }) => goal === "awake");
  const census = await quiet(place, here, last);
  for (const phone of here) if (!phone.isThere) violations.push(`${phone.name} cannot register`);
  violations.push(...judgeCensus(census));
  if (census.open > 0) violations.push(`${census.open} forks are open when all should be over`);
  const before = judgeGhosts(census, runs, kills > 0);
  violations.push(...(await probe(here, users, place, phonesOf)));
  const ghosts = judgeGhosts(await last.census(), new Runs(), false);
  violations.push(...ghosts.violations.map((ghost) => `${ghost}, also after a send`));
  const judged = judgeCalls({
    calls: place.calls.values(),
    messages: place.messages,
    runs,
    isFaultless: faults === 0 && killEvery === 0,
  });
  violations.push(...before.violations, ...judged.violations);
  if (faults === 0 && killEvery === 0)
    for (const [what, times] of Object.entries(counts))
      if (/ 5\d\d$/.test(what)) violations.push(`${times} times ${what}, without a fault`);
  if (!(await last.stop(STOPPING))) violations.push("the server did not stop");
  const all: Record<string, number> = { ...former.faults };
  for (const [fault, times] of Object.entries(injected.faults)) all[fault] = (all[fault] ?? 0) + times;
  const half = memory.slice(Math.floor(memory.length / 2));
  return {
    violations,
    excused: joined(before, judged),
    counts,
    calls: place.calls.size,
    ports: former.calls + injected.calls,
    faults: all,
    faultLines,
    kills,
    stuckForks: census.stuck.length,
    ghosts: ghosts.violations.length,
    forsaken: census.forsaken,
    memory,
    slope: { rss: slope(half, "rss"), heap: slope(half, "heap") },
    records: { start: atStart ?? atEnd, middle: inTheMiddle ?? atEnd, end: atEnd },
  };
}

/** When all is over, or should be: what there is then, and every fork that was stuck on the way. */
async function quiet(place: Place, here: readonly Phone[], server: ServerProcess): Promise<Census> {
  const began = Date.now();
  // Forks are forgotten, stuck or not.
  const stuck = new Map<string, string>();
  for (;;) {
    await wait(1_000);
    const census = await server.census();
    for (const fork of census.stuck) stuck.set(fork.split(":")[0] ?? "", fork);
    const isCalm =
      census.open === 0 &&
      here.every(({ isThere }) => isThere) &&
      [...place.calls.values()].every(({ isOver, isCut }) => isOver || isCut);
    if (isCalm || Date.now() - began > LONGEST) return { ...census, stuck: [...stuck.values()] };
  }
}

/** Everybody who is there is sent a MESSAGE and called, and must get each exactly once. Answers what went wrong. */
async function probe(
  here: readonly Phone[],
  users: readonly string[],
  place: Place,
  phonesOf: ReadonlyMap<string, readonly Phone[]>,
): Promise<readonly string[]> {
  const probed = users.map(async (user) => {
    const devices = (phonesOf.get(user) ?? []).filter(({ goal }) => goal === "awake");
    const sender = here.find((phone) => phone.user !== user && phone.isThere);
    return sender === undefined ? [] : probeUser(user, devices, sender, place);
  });
  return (await Promise.all(probed)).flat();
}

async function probeUser(
  user: string,
  devices: readonly Phone[],
  sender: Phone,
  place: Place,
): Promise<readonly string[]> {
  const { id, status } = await sender.message(user);
  // To who is not there it finds out what is left of connections that have ended.
  if (devices.length === 0) return [];
  const wrongs: string[] = [];
  if (status !== 200) wrongs.push(`a MESSAGE to ${user} was answered ${status} when all was well`);
  const call = sender.call(user, "answer", 0, undefined);
  const began = Date.now();
  while (!call.isOver && Date.now() - began < 10_000) await wait(20);
  const [final] = call.finals;
  if (final?.status !== 200)
    wrongs.push(`${user} could not be called when all was well: ${final?.status ?? "no answer"}`);
  for (const phone of devices) {
    if (phone.registeredAt < phone.overlapsUntil) continue;
    if (place.messages.get(id)?.get(phone)?.size !== 1)
      wrongs.push(`${phone.name} is lost: it did not get its MESSAGE ${id} once`);
    if (!call.rings.has(phone)) wrongs.push(`${phone.name} is lost: it did not get its call ${call.id}`);
  }
  return wrongs;
}

function joined(...all: readonly Found[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { excused } of all)
    for (const [what, times] of Object.entries(excused)) sum[what] = (sum[what] ?? 0) + times;
  return sum;
}

/** By least squares, in KB a minute. */
function slope(samples: readonly Memory[], what: "rss" | "heap"): number {
  const minutes = samples.map(({ at }) => at / 60_000);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [time, size] = [mean(minutes), mean(samples.map((sample) => sample[what] / 1_024))];
  let [over, under] = [0, 0];
  for (const [n, sample] of samples.entries()) {
    const away = (minutes[n] ?? 0) - time;
    over += away * (sample[what] / 1_024 - size);
    under += away * away;
  }
  return under === 0 ? 0 : over / under;
}
