import { IdlePhone } from "./idle-phone.ts";

// A process of many idle phones, told what to do by its parent.

/** What its parent may ask. */
export type Order =
  | { readonly do: "come"; readonly port: number; readonly count: number; readonly atOnce: number }
  | { readonly do: "stay"; readonly seconds: number; readonly keepAlive: number }
  | { readonly do: "leave" };

/** What it answers when that is done. */
export interface Outcome {
  readonly registered: number;
  readonly seconds: number;
  /** How often phones were refused or cut off, and came again. */
  readonly retries: number;
  readonly refusals: Readonly<Record<string, number>>;
}

/** Of a phone that lost its connection without a word, before it comes again; with as much chance added. In ms. */
const BACK_OFF = 1_000;

const phones: IdlePhone[] = [];

async function come(port: number, count: number, atOnce: number): Promise<Outcome> {
  const from = performance.now();
  while (phones.length < count) phones.push(new IdlePhone(`user${phones.length}`));
  const coming = phones.slice(0, count).filter(({ isRegistered }) => !isRegistered);
  const refusals: Record<string, number> = {};
  let retries = 0;
  let next = 0;
  const worker = async () => {
    for (let phone = coming[next++]; phone !== undefined; phone = coming[next++]) {
      for (;;) {
        try {
          await phone.come(port);
          break;
        } catch (error) {
          const why = phone.refused?.status.toString() ?? String(error).replace(phone.user, "one");
          refusals[why] = (refusals[why] ?? 0) + 1;
          retries++;
          const pause = (phone.refused?.retryAfter ?? 0) * 1000 || BACK_OFF;
          await new Promise((resolve) => setTimeout(resolve, pause + Math.random() * BACK_OFF));
        }
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return outcome(from, retries, refusals);
}

async function stay(seconds: number, keepAlive: number): Promise<Outcome> {
  const from = performance.now();
  const timers: NodeJS.Timeout[] = [];
  // Spread, as those of people are.
  for (const phone of phones) {
    const first = setTimeout(
      () => {
        phone.keepAlive();
        timers.push(setInterval(() => phone.keepAlive(), keepAlive * 1000));
      },
      Math.random() * keepAlive * 1000,
    );
    timers.push(first);
  }
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  for (const timer of timers) clearInterval(timer);
  return outcome(from);
}

async function leave(): Promise<Outcome> {
  const from = performance.now();
  await Promise.all(phones.map((phone) => phone.leave()));
  return outcome(from);
}

function outcome(from: number, retries = 0, refusals: Readonly<Record<string, number>> = {}): Outcome {
  const registered = phones.filter(({ isRegistered }) => isRegistered).length;
  return { registered, seconds: (performance.now() - from) / 1000, retries, refusals };
}

process.on("message", async (order: Order) => {
  const done =
    order.do === "come"
      ? come(order.port, order.count, order.atOnce)
      : order.do === "stay"
        ? stay(order.seconds, order.keepAlive)
        : leave();
  process.send?.(await done);
});
