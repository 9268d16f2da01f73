import { type Counts, total } from "./counts.ts";
import type { Flows } from "./flows.ts";
import { ASSUMED, type Profile } from "./profile.ts";

/** Of a month. */
const DAYS = 30;
export const HOURS = DAYS * 24;
const SECONDS = HOURS * 3_600;

/** What one user takes in a month, wherever it runs. */
export interface Month {
  readonly counts: Counts;
  /** Minutes with a connection. */
  readonly minutes: number;
  /** How often connections are made. */
  readonly connects: number;
  readonly octetsKept: number;
}

/** `isCut`: connections end every two hours, as API Gateway's do, and are made again. */
export function monthOf(flows: Flows, profile: Profile, isCut: boolean): Month {
  const { online, sessions, calls, minutes, messages, ping, refresh, reminders } = profile;
  const asleep = 1 - online;
  const seconds = online * SECONDS;
  // One that is opened more often is never as old as that.
  const cuts = isCut ? Math.max(0, (online * HOURS) / ASSUMED.cutHours - sessions * DAYS) : 0;
  const wakeUpCalls = calls * DAYS * asleep;
  const storedMessages = messages * DAYS * asleep;
  const opened = sessions * DAYS + cuts;
  const woken = wakeUpCalls + storedMessages + reminders;
  return {
    counts: total([
      [opened, flows.session],
      [ping === 0 ? 0 : seconds / ping, flows.ping],
      [refresh === 0 ? 0 : seconds / refresh, flows.refresh],
      [calls * DAYS * online, flows.call],
      [wakeUpCalls, flows.wakeUpCall],
      [messages * DAYS * online, flows.message],
      [storedMessages, flows.storedMessage],
      [reminders, flows.reminder],
    ]),
    minutes: seconds / 60 + wakeUpCalls * minutes + woken * ASSUMED.wokenMinutes,
    connects: opened + woken,
    octetsKept: flows.octetsKept,
  };
}

/** What looking for what is due takes in a month, by somebody who looks so often. */
export function looksOf(flows: Flows, everySeconds: number): Counts {
  return total([[SECONDS / everySeconds, flows.look]]);
}
