import type { App } from "../../functions/app/app.ts";
import { keyring } from "../../functions/keyring/keyring.ts";
import type { ConnectionId, ForkId } from "../../functions/location/ids.ts";
import type { PushTarget } from "../../functions/location/location.ts";
import type { PushOutcome, Records } from "../../functions/ports.ts";
import type { PhonePush } from "../../functions/push/phone-push.ts";
import { DEFAULT_SETTINGS } from "../support/default-settings.ts";
import type { Fault } from "./fault.ts";
import type { Invocation } from "./invocation.ts";
import { type Call, portCall } from "./port-call.ts";
import type { Workings } from "./workings.ts";

const KEYS = keyring([{ id: "1", key: new Uint8Array(32) }]);
const SETTINGS: App["settings"] = {
  ...DEFAULT_SETTINGS,
  wakes: {
    ...DEFAULT_SETTINGS.wakes,
    perPair: { ...DEFAULT_SETTINGS.wakes.perPair, pushes: Number.POSITIVE_INFINITY },
    perCaller: { ...DEFAULT_SETTINGS.wakes.perCaller, pushes: Number.POSITIVE_INFINITY },
  },
};
export const TIMERS = SETTINGS.timers;

/** The app as one invocation has it: every call of a port waits for its turn, and may meet a fault. */
export function portsOf(workings: Workings, by: Invocation): App {
  const { world, time } = workings;
  const call = <Answer>(it: Call<Answer>) => portCall(workings, by, it);
  const app = {
    locations: store(workings, by, "locations"),
    forks: store(workings, by, "forks"),
    connections: store(workings, by, "connections"),
    subscribers: store(workings, by, "subscribers"),
    calls: store(workings, by, "calls"),
    mailboxes: store(workings, by, "mailboxes"),
    messages: store(workings, by, "messages"),
    tokens: store(workings, by, "tokens"),
    budgets: store(workings, by, "budgets"),
    edge: {
      send: (to: ConnectionId, text: string) =>
        call({
          what: `sends ${text.slice(0, text.indexOf("\r\n"))} to`,
          kind: "",
          key: to,
          changes: true,
          effect: (fault) => send(workings, by, to, text, fault),
        }),
      close: (to: ConnectionId) =>
        call({ what: "closes", kind: "", key: to, changes: true, effect: () => close(workings, to) }),
    },
    push: {
      send: (target: PushTarget, what: PhonePush) =>
        call({
          what: `pushes (${what.kind}) to`,
          kind: "",
          key: target.prid,
          changes: true,
          effect: (fault) => push(workings, by, target, what, fault),
        }),
    },
    alarms: {
      set: (fork: ForkId, at: number) =>
        call({
          what: `sets an alarm in ${((at - time.now - by.skew) / 1000).toFixed(1)} s for`,
          kind: "alarm",
          key: fork,
          changes: false,
          effect: () => setAlarm(workings, fork, at - by.skew),
        }),
    },
    clock: () => time.now + by.skew,
    log: {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (_: string, fields?: { readonly error?: unknown }) => {
        const text = String(fields?.error);
        if (!text.includes("a fault of the world")) world.wrongs.push(`an error: ${text}`);
      },
    },
    meter: { count: () => {}, time: () => {} },
    keyring: KEYS,
    settings: SETTINGS,
  } as unknown as App;
  const { mutation } = workings.options;
  return mutation === undefined ? app : mutation(app, by, world);
}

function store(workings: Workings, by: Invocation, kind: keyof Records) {
  const shelf = workings.world.shelves[kind];
  const { lines } = workings.world;
  return {
    read: (key: string) => {
      const effect = () => {
        const found = shelf.read(key);
        const line = kind === "connections" && by.kind === "disconnect" ? lines.get(key) : undefined;
        if (line !== undefined) line.isKnown ||= found.value !== undefined;
        return found;
      };
      return portCall(workings, by, { what: "reads", kind, key, changes: false, effect });
    },
    swap: (key: string, ...rest: [number, unknown, number, number?]) => {
      const effect = () => shelf.swap(key, ...rest);
      return portCall(workings, by, { what: "swaps", kind, key, changes: true, effect });
    },
    due: async (at: number, limit: number) => shelf.due(at, limit),
  };
}

function send(
  { world }: Workings,
  by: Invocation,
  to: string,
  text: string,
  fault: Fault | undefined,
): "sent" | "gone" {
  const line = world.lines.get(to);
  if (line?.isOpen && (fault === "gone" || fault === "gone untold")) world.end(to, fault === "gone");
  if (line === undefined || !line.isOpen) {
    line?.finders.push(by);
    return "gone";
  }
  line.listener.sent(text, to, by);
  if (!line.listener.isFrozen())
    world.move(line.listener.name, `hears ${text.slice(0, text.indexOf("\r\n"))} over ${to}`, () => {
      if (line.isOpen && !line.listener.isFrozen()) line.listener.heard(text, to);
    });
  return "sent";
}

function close({ world }: Workings, to: string): "closed" | "gone" {
  if (!world.lines.get(to)?.isOpen) return "gone";
  world.end(to, true);
  return "closed";
}

function push(
  { world, time }: Workings,
  by: Invocation,
  target: PushTarget,
  what: PhonePush,
  fault: Fault | undefined,
): PushOutcome {
  const outcome: PushOutcome =
    fault === "push failed"
      ? { outcome: "failed", reason: "no" }
      : fault === "token dead" || target.prid.includes("dead")
        ? { outcome: "dead", reason: "unregistered" }
        : { outcome: "accepted", id: "1" };
  world.pushes.push({ target, push: what, at: time.now, outcome: outcome.outcome, lookedAt: by.lookedAt });
  if (outcome.outcome === "accepted") world.phones.get(target.prid)?.(what);
  return outcome;
}

function setAlarm(workings: Workings, fork: ForkId, at: number): void {
  const { world, time, options } = workings;
  const late = workings.hasBegun ? (options.lateness?.[workings.alarms++] ?? 0) : 0;
  time.in(Math.max(0, at - time.now) + late, () => world.alarm(fork), true);
}
