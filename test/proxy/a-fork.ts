import type { BindingKey, ConnectionId, ForkId } from "../../functions/location/ids.ts";
import type { Flow } from "../../functions/proxy/branch.ts";
import { DEFAULT_FORK_TIMERS, type Fork, type ForkTimers } from "../../functions/proxy/fork.ts";
import type { DeviceResponse, ForkEffect, ForkEvent } from "../../functions/proxy/fork-event.ts";
import { step } from "../../functions/proxy/fork-step.ts";
import { type ForkSubject, openFork, type Target } from "../../functions/proxy/open-fork.ts";
import type { Aor } from "../../functions/sip/aor.ts";

// The words that the fork tests are written in. Devices are called "a", "b" and "c", in the order of their branches;
// each is reached over the connection "ws-a", "ws-b", "ws-c" until it moves.

export type Device = "a" | "b" | "c";

export const NOW = 1_000_000;
/** As by default, but that nobody looks for another way to a silent device. */
export const TIMERS: ForkTimers = { ...DEFAULT_FORK_TIMERS, hedge: 0 };

const DEVICES: readonly string[] = ["a", "b", "c"];

export function ws(name: string): ConnectionId {
  return `ws-${name}` as ConnectionId;
}

export function online(device: Device): Target {
  return {
    key: device as BindingKey,
    uri: `sip:${device}@x`,
    path: "",
    connection: ws(device),
    mayWake: true,
    mustRing: false,
    hasOtherFlow: false,
    turn: 0,
  };
}

export function asleep(device: Device, { mustRing = false } = {}): Target {
  return { ...online(device), connection: undefined, mustRing };
}

/** The same device, to be tried in this turn. */
export function inTurn(turn: number, target: Target): Target {
  return { ...target, turn };
}

export function subject(method: string): ForkSubject {
  return {
    id: "fork-1" as ForkId,
    method,
    head: `${method} sip:bob@example.com SIP/2.0\r\n\r\n`,
    body: "v=0\r\n",
    caller: { aor: undefined, key: undefined, connection: ws("caller") },
    callee: "sip:bob@example.com" as Aor,
    history: [],
  };
}

/** A fork of an INVITE to these devices, as it is just after it was opened. */
export function inviting(...targets: Target[]): Fork {
  return openFork(subject("INVITE"), targets, NOW, TIMERS)[0];
}

/** A fork of a MESSAGE, or of any request that is no INVITE. */
export function messaging(...targets: Target[]): Fork {
  const unwoken = targets.map((target) => ({ ...target, mayWake: false }));
  return openFork(subject("MESSAGE"), unwoken, NOW, TIMERS)[0];
}

/** What an event makes of a fork, and what is to be done about it. */
export function on(
  fork: Fork,
  event: ForkEvent,
  now = NOW,
  timers = TIMERS,
): { fork: Fork; effects: readonly ForkEffect[] } {
  const [next, effects] = step(fork, event, now, timers);
  return { fork: next, effects };
}

/** The fork after all of these. */
export function told(fork: Fork, ...events: ForkEvent[]): Fork {
  return events.reduce((sofar, event) => on(sofar, event).fork, fork);
}

/** What these events make of a fork that happen so long after it was opened, in ms. */
export function toldAt(fork: Fork, timers: ForkTimers, ...events: (readonly [number, ForkEvent])[]): Fork {
  return events.reduce((sofar, [after, event]) => on(sofar, event, NOW + after, timers).fork, fork);
}

/** A device answers, over the connection that it was invited on if none is given. */
export function says(device: Device, status: number, connection = ws(device)): DeviceResponse {
  const branch = DEVICES.indexOf(device);
  return {
    type: "response",
    branch,
    connection,
    status,
    reason: "",
    upstream: `${status} of ${device}`,
    to: `<${device}>`,
    challenges: [],
  };
}

export function registers(device: Device, connection = ws(device)): ForkEvent {
  return {
    type: "registered",
    of: device as BindingKey,
    key: device as BindingKey,
    connection,
    uri: `sip:${device}@x`,
    path: "",
    connectedAt: undefined,
  };
}

/** What was sent to the device found its connection gone; it can be pushed. */
export function fellAsleep(device: Device, { connection = ws(device), mustRing = false } = {}): ForkEvent {
  return { type: "asleep", key: device as BindingKey, connection, mustRing };
}

/** What was sent to the device found its connection gone; it cannot be pushed. */
export function isLost(device: Device, connection = ws(device)): ForkEvent {
  return { type: "lost", key: device as BindingKey, connection };
}

export function cannotBeWoken(device: Device): ForkEvent {
  return { type: "unwakeable", key: device as BindingKey, reason: "" };
}

/** A device answers our CANCEL with 481. */
export function forgets(device: Device, connection = ws(device)): ForkEvent {
  return { type: "forgotten", branch: DEVICES.indexOf(device), connection };
}

export const CANCEL: ForkEvent = { type: "cancelled" };
export const ALARM: ForkEvent = { type: "alarm" };
export const ANSWERED: ForkEvent = { type: "answered" };

export function invite(device: Device): ForkEffect {
  return { type: "invite", branch: DEVICES.indexOf(device) };
}

export function cancel(device: Device, connection = ws(device)): ForkEffect {
  return { type: "cancel", branch: DEVICES.indexOf(device), over: flow(device, connection) };
}

export function ack(device: Device, connection = ws(device)): ForkEffect {
  return { type: "ack", branch: DEVICES.indexOf(device), over: flow(device, connection), to: `<${device}>` };
}

/** The flow by that connection has failed, as an edge beyond says. */
export function reroute(device: Device, connection = ws(device)): ForkEffect {
  return { type: "reroute", branch: DEVICES.indexOf(device), over: flow(device, connection) };
}

function flow(device: Device, connection: ConnectionId): Flow {
  return { key: device as BindingKey, connection, uri: `sip:${device}@x`, path: "" };
}

export function wake(device: Device, { push = true } = {}): ForkEffect {
  return { type: "wake", branch: DEVICES.indexOf(device), push };
}

export function recall(device: Device): ForkEffect {
  return { type: "recall", branch: DEVICES.indexOf(device) };
}

export function relay(device: Device, status: number): ForkEffect {
  return { type: "relay", octets: `${status} of ${device}` };
}

/** The caller gets this failure: the device's own words, or ours if no device is given. */
export function answer(status: number, device?: Device): ForkEffect {
  const octets = device === undefined ? undefined : `${status} of ${device}`;
  return { type: "answer", answer: { status, octets } };
}

export function alarm(at: number): ForkEffect {
  return { type: "alarm", at };
}

/** The state of each branch, in order. */
export function states(fork: Fork): readonly string[] {
  return fork.branches.map(({ state }) => state);
}
