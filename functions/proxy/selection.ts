import { deviceOf } from "../location/device.ts";
import type { BindingKey } from "../location/ids.ts";
import { type Binding, isBetter } from "../location/location.ts";
import type { Octets } from "../sip/octets.ts";
import { type CallerPreferences, matching } from "./caller-preferences.ts";
import { type Happening, happening } from "./happening.ts";

/** What a request is for, beside those that it may mean. */
export interface Wanted {
  /** The binding that the request comes from, if its sender is the callee. */
  readonly sender: BindingKey | undefined;
  /** Whether it may wait for who sleeps. */
  readonly mayWake: boolean;
  readonly preferences: CallerPreferences;
  /** Whether it goes to the best one only. */
  readonly onlyBest: boolean;
}

/** How the bindings that a request goes to were chosen, step by step: each is a part of the one before. */
export interface Selection {
  /** Those that the request may mean. */
  readonly meant: readonly Binding[];
  /** One flow of each device: two would ring it twice (RFC 5626 §7). */
  readonly flows: readonly Binding[];
  /** Without the sender's own device. */
  readonly others: readonly Binding[];
  /** That are there, or may be woken; those that are there first. */
  readonly ready: readonly Binding[];
  /** That the caller prefers, best first (RFC 3841 §7). */
  readonly preferred: readonly Binding[];
  /** That the request goes to. */
  readonly chosen: readonly Binding[];
}

export function select(
  meant: readonly Binding[],
  { sender, mayWake, preferences, onlyBest }: Wanted,
): Selection {
  const flows = oneFlowEach(meant);
  const device = sender && deviceOf(sender);
  const others = flows.filter(({ key }) => deviceOf(key) !== device);
  const ready = others
    .filter((binding) => !isAsleep(binding) || mayWake)
    .toSorted((one, other) => Number(isAsleep(one)) - Number(isAsleep(other)));
  const preferred = matching(preferences, ready, ({ params }) => params);
  const chosen = onlyBest ? preferred.slice(0, 1) : preferred;
  return { meant, flows, others, ready, preferred, chosen };
}

/** What was decided about each binding that is kept, run out or not (`grace` is how long past its end one is used, in ms). */
export function considered(
  kept: readonly Binding[],
  selection: Selection,
  now: number,
  grace: number,
): readonly Happening[] {
  return kept.map((binding) => {
    const isOver = binding.expiresAt + grace <= now;
    const verdict = isOver ? "expired" : verdictOn(binding, selection);
    return happening(now, "considered", binding.key, `${stateOf(binding)}: ${verdict}`);
  });
}

function verdictOn(binding: Binding, selection: Selection): string {
  if (!selection.meant.includes(binding)) return "not the device that is called";
  if (!selection.flows.includes(binding)) return "another flow of this device is better";
  if (!selection.others.includes(binding)) return "the caller's own device";
  if (!selection.ready.includes(binding)) return "not woken, the caller does not wait (no-queue)";
  if (!selection.preferred.includes(binding)) return "not what the caller asks for (RFC 3841)";
  if (!selection.chosen.includes(binding))
    return "another is better, and the caller wants one only (no-fork)";
  return isAsleep(binding) ? "to be woken" : "called now";
}

function stateOf({ connection, push }: Binding): Octets {
  if (connection !== undefined) return "online";
  return push === undefined ? "asleep, without push" : `asleep, push by ${push.provider}`;
}

function oneFlowEach(bindings: readonly Binding[]): readonly Binding[] {
  const best = new Map<string, Binding>();
  for (const binding of bindings) {
    const device = deviceOf(binding.key);
    const other = best.get(device);
    if (other === undefined || isBetter(binding, other)) best.set(device, binding);
  }
  return [...best.values()];
}

function isAsleep({ connection }: Binding): boolean {
  return connection === undefined;
}
