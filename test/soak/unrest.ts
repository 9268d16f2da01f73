import { setTimeout as wait } from "node:timers/promises";
import type { People } from "./people.ts";
import type { Memory } from "./protocol.ts";
import { type RecordCounts, recordCounts } from "./record-counts.ts";
import type { Growth } from "./report.ts";
import type { Servers } from "./servers.ts";
import { DEEDS_A_CALL, doSomething } from "./traffic.ts";

/** How often the memory is measured, in ms. */
const SAMPLE = 5_000;

/** What is to happen, and for how long. */
export interface UnrestOptions {
  readonly seconds: number;
  /** Calls a second. */
  readonly rate: number;
  /** How often the server is killed, in s; 0 for never. */
  readonly killEvery: number;
  /** Is called once, in the middle. */
  readonly halfway: () => void;
}

/** People do what they do, and the server is killed now and then. Answers what that came to: memory and records. */
export async function unrest(
  { place, phones, users }: People,
  servers: Servers,
  { seconds, rate, killEvery, halfway }: UnrestOptions,
): Promise<{ readonly memory: readonly Memory[]; readonly records: Growth }> {
  const memory: Memory[] = [];
  const sample = async () => {
    const now = await servers.memory();
    if (now !== undefined) memory.push(now);
  };
  const sampling = setInterval(sample, SAMPLE);
  const killing = killEvery > 0 ? setInterval(() => servers.replace(), killEvery * 1_000) : undefined;
  const began = Date.now();
  let start: RecordCounts | undefined;
  let middle: RecordCounts | undefined;
  let deeds = 0;
  while (Date.now() - began < seconds * 1_000) {
    const passed = Date.now() - began;
    while (deeds < (passed / 1_000) * rate * DEEDS_A_CALL) {
      deeds++;
      doSomething(phones, users, place.dice);
    }
    // Once all have registered, with the first calls.
    if (start === undefined && passed > Math.min(10_000, seconds * 100))
      start = await recordCounts(servers.dataDir);
    if (middle === undefined && passed > seconds * 500) {
      middle = await recordCounts(servers.dataDir);
      halfway();
    }
    await wait(10);
  }
  clearInterval(sampling);
  clearInterval(killing);
  await servers.last();
  const end = await recordCounts(servers.dataDir);
  await sample();
  return { memory, records: { start: start ?? end, middle: middle ?? end, end } };
}
