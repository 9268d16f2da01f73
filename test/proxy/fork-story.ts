import fc from "fast-check";
import { deviceOf } from "../../functions/location/device.ts";
import type { BindingKey, ConnectionId } from "../../functions/location/ids.ts";
import { wasInvited } from "../../functions/proxy/branch.ts";
import { challengesIn } from "../../functions/proxy/challenge.ts";
import { DEFAULT_FORK_TIMERS, deadlineOf, type Fork } from "../../functions/proxy/fork.ts";
import type { ForkEffect, ForkEvent } from "../../functions/proxy/fork-event.ts";
import { step } from "../../functions/proxy/fork-step.ts";
import { openFork, type Target } from "../../functions/proxy/open-fork.ts";
import { parse } from "../../functions/sip/parse.ts";
import { ALARM, ANSWERED, asleep, CANCEL, NOW, online, subject, ws } from "./a-fork.ts";

// Random stories of forks: what devices, callers and time may do to one, in any order. Devices are "a", "b" and "c", each
// with two flows ("a;1", "a;2") and up to three connections ("ws-a", "ws-a2", "ws-a3"). A connection that is gone says
// nothing any more and never comes back.

export const timers = DEFAULT_FORK_TIMERS;

type Name = "a" | "b" | "c";
const NAMES: readonly Name[] = ["a", "b", "c"];

/** What happens, as it is told: some of it means something else, or nothing, as things stand by then. */
type Plot =
  | { readonly what: "says"; readonly branch: number; readonly place: string; readonly status: number }
  | {
      readonly what: "registers" | "reroutes" | "falls asleep" | "is lost";
      readonly who: Name;
      readonly place: string;
      readonly flow: string;
    }
  | { readonly what: "cannot be woken"; readonly who: Name }
  | { readonly what: "cancel" | "alarm" | "answered" };

/** A plot, so long after what happened before it, in ms. */
export interface Happening {
  readonly plot: Plot;
  readonly wait: number;
}

/** One event and what came of it. */
export interface Scene {
  readonly before: Fork;
  readonly event: ForkEvent;
  readonly now: number;
  readonly fork: Fork;
  readonly effects: readonly ForkEffect[];
}

/** How a fork was opened, and all that happened to it. */
export interface Story {
  readonly opened: Fork;
  readonly openingEffects: readonly ForkEffect[];
  readonly scenes: readonly Scene[];
  /** The connections that turned out to be gone. */
  readonly gone: ReadonlySet<ConnectionId>;
}

const who = fc.constantFrom<Name>(...NAMES);
const place = fc.constantFrom("", "", "2", "2", "3");
const flow = fc.constantFrom(";1", ";1", ";1", ";2");
const status = fc.constantFrom(100, 180, 180, 183, 200, 202, 302, 401, 407, 430, 482, 486, 487, 503, 603);

const plots: fc.Arbitrary<Plot> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant("says" as const),
      branch: fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 4),
      place,
      status,
    }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant("registers" as const), who, place, flow }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("reroutes" as const), who, place, flow }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("falls asleep" as const), who, place, flow }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("is lost" as const), who, place, flow }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("cannot be woken" as const), who }) },
  {
    weight: 6,
    arbitrary: fc.record({ what: fc.constantFrom("cancel", "alarm", "alarm", "alarm", "alarm", "answered") }),
  },
);

const { hedge, bucket, turn, transaction, timerC } = timers;
const waits = fc.constantFrom(0, 0, 0, 0, 1_000, hedge, hedge, turn, bucket, transaction, timerC / 2, timerC);

export const happenings: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.record({ plot: plots, wait: waits }),
  {
    maxLength: 25,
  },
);

function target(name: Name): fc.Arbitrary<Target> {
  const key = `${name};1` as BindingKey;
  return fc
    .record({
      isOnline: fc.constantFrom(true, true, false),
      mustRing: fc.boolean(),
      mayWake: fc.constantFrom(true, true, true, false),
      turn: fc.constantFrom(0, 0, 1, 2),
    })
    .map(({ isOnline, mustRing, mayWake, turn: whose }) => {
      const device = isOnline ? online(name) : asleep(name);
      // Who sleeps and may not be woken is no target.
      return { ...device, key, mustRing, mayWake: mayWake || !isOnline, turn: whose };
    });
}

export const targets: fc.Arbitrary<readonly Target[]> = fc
  .tuple(target("a"), target("b"), target("c"), fc.integer({ min: 1, max: 3 }))
  .map(([a, b, c, count]) => [a, b, c].slice(0, count));

/** The story of a fork to these targets. Every state in it is frozen: a step changes nothing in place. */
export function tell(method: string, devices: readonly Target[], told: readonly Happening[]): Story {
  // Only the client of an INVITE waits for turns (RFC 4321).
  const inTurns = method === "INVITE" ? devices : devices.map((device) => ({ ...device, turn: 0 }));
  const [opened, openingEffects] = openFork(subject(method), inTurns, NOW, timers);
  const scenes: Scene[] = [];
  const gone = new Set<ConnectionId>();
  const rerouting = new Set<string>();
  let [fork, now] = [frozen(opened), NOW];
  for (const { plot, wait } of told) {
    now += wait;
    const event = eventOf(plot, fork, mustRingOf(devices));
    if (event === undefined || ("connection" in event && gone.has(event.connection))) continue;
    const name = "of" in event ? deviceOf(event.of) : "";
    const isAskedFor = event.type === "rerouted" && rerouting.delete(name);
    const gones = goneBy(event, fork, isAskedFor);
    // What is gone is no way to reroute to.
    if (event.type === "rerouted" && gones.includes(event.connection)) continue;
    for (const connection of gones) gone.add(connection);
    const scene = played(fork, event, now);
    scenes.push(scene);
    ({ fork } = scene);
    for (const effect of scene.effects)
      if (effect.type === "reroute") rerouting.add(nameOf(fork, effect.branch));
  }
  return { opened, openingEffects, scenes, gone };
}

/**
 * The connections that turn out to be gone with an event: another flow is told of because a send found its connection gone,
 * unless one was asked for.
 */
function goneBy(event: ForkEvent, { branches }: Fork, isAskedFor: boolean): readonly ConnectionId[] {
  switch (event.type) {
    case "asleep":
    case "lost":
      return [event.connection];
    case "rerouted": {
      const branch = branches.findLast(({ key }) => deviceOf(key) === deviceOf(event.of));
      return branch?.state === "calling" && !isAskedFor ? [branch.connection] : [];
    }
    default:
      return [];
  }
}

/** The story, and then nothing but its alarms, each at its time. As the app does it, the first is set before the fork exists. */
export function toTheEnd(story: Story): readonly Scene[] {
  const scenes: Scene[] = [...story.scenes];
  let alarms: readonly number[] = [deadlineOf(story.opened) ?? Number.NaN];
  for (const scene of story.scenes) alarms = stillSet(alarms, scene);
  let { fork, now } = scenes.at(-1) ?? { fork: story.opened, now: NOW };
  for (let left = 40; alarms.length > 0; left--) {
    if (left === 0) throw new Error("alarms without end");
    now = Math.max(now, Math.min(...alarms));
    const scene = played(fork, ALARM, now);
    scenes.push(scene);
    ({ fork } = scene);
    alarms = stillSet(alarms, scene);
  }
  return scenes;
}

export function played(before: Fork, event: ForkEvent, now: number): Scene {
  const [fork, effects] = step(before, event, now, timers);
  return { before, event, now, fork: frozen(fork), effects };
}

/** The alarms that are set and have not gone off. One goes off at its time, or later. */
export function stillSet(alarms: readonly number[], { event, now, effects }: Scene): readonly number[] {
  const left = event.type === "alarm" ? alarms.filter((at) => at > now) : alarms;
  return [...left, ...effects.flatMap((effect) => (effect.type === "alarm" ? [effect.at] : []))];
}

/** The connections by which a branch's device is listened to. */
export function flowsOf(fork: Fork, index: number): readonly ConnectionId[] {
  const branch = fork.branches[index];
  if (branch === undefined || !wasInvited(branch)) return [];
  return [branch.connection, ...branch.others.map(({ connection }) => connection)];
}

/** The name of a branch's device. */
export function nameOf(fork: Fork, index: number): string {
  const branch = fork.branches[index];
  return branch === undefined ? "" : deviceOf(branch.key);
}

/** The device is online by this connection. */
export function comesBy(name: string, connection: ConnectionId): ForkEvent {
  return isOnline("registered", name, connection, ";1");
}

function mustRingOf(devices: readonly Target[]): (name: Name) => boolean {
  return (name) => devices.some(({ key, mustRing }) => deviceOf(key) === name && mustRing);
}

function eventOf(plot: Plot, fork: Fork, mustRing: (name: Name) => boolean): ForkEvent | undefined {
  switch (plot.what) {
    case "cancel":
      return CANCEL;
    case "alarm":
      return ALARM;
    case "answered":
      return ANSWERED;
    case "says": {
      const name = nameOf(fork, plot.branch);
      return name === "" ? undefined : response(plot.branch, ws(name + plot.place), plot.status);
    }
    case "cannot be woken":
      return { type: "unwakeable", key: `${plot.who};1` as BindingKey, reason: "" };
    case "registers":
      return isOnline("registered", plot.who, ws(plot.who + plot.place), plot.flow);
    case "reroutes":
      return isOnline("rerouted", plot.who, ws(plot.who + plot.place), plot.flow);
    case "falls asleep": {
      const key = (plot.who + plot.flow) as BindingKey;
      const connection = ws(plot.who + plot.place);
      return { type: "asleep", key, connection, mustRing: mustRing(plot.who) };
    }
    case "is lost":
      return {
        type: "lost",
        key: (plot.who + plot.flow) as BindingKey,
        connection: ws(plot.who + plot.place),
      };
  }
}

function isOnline(
  type: "registered" | "rerouted",
  name: string,
  connection: ConnectionId,
  suffix: string,
): ForkEvent {
  const key = (name + suffix) as BindingKey;
  const of = `${name};1` as BindingKey;
  return { type, of, key, connection, uri: `sip:${connection}@x`, path: "", connectedAt: undefined };
}

/** A device answers in its own words, which the caller may get. */
export function response(branch: number, connection: ConnectionId, code: number): ForkEvent {
  const challenge =
    code === 401 || code === 407
      ? `${code === 401 ? "WWW" : "Proxy"}-Authenticate: Digest realm="${connection}", nonce="1"\r\n`
      : "";
  const to = `<sip:bob@example.com>;tag=${connection}`;
  const upstream = [
    `SIP/2.0 ${code} ${connection}`,
    "Via: SIP/2.0/WS caller.invalid;branch=z9hG4bK1",
    "From: <sip:alice@example.com>;tag=1",
    `To: ${to}`,
    "Call-ID: call-1",
    "CSeq: 1 INVITE",
    `${challenge}Content-Length: 0\r\n\r\n`,
  ].join("\r\n");
  const challenges = challengesIn(code, parse(upstream).headers);
  return { type: "response", branch, connection, status: code, reason: "", upstream, to, challenges };
}

function frozen(fork: Fork): Fork {
  for (const branch of fork.branches) Object.freeze(branch);
  Object.freeze(fork.branches);
  Object.freeze(fork.challenges);
  return Object.freeze(fork);
}
