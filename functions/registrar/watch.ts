import type { BindingKey, ConnectionId } from "../location/ids.ts";
import type { Binding, Location } from "../location/location.ts";
import type { Watcher } from "../location/watcher.ts";
import { Refusal } from "../sip/refusal.ts";
import type { Subscription } from "./subscription.ts";

/** Who subscribes, from where, and when, in ms since 1970. */
export interface Subscriber {
  /** Our tag in the dialog of the subscription. */
  readonly id: string;
  /** What our NOTIFYs say in From. */
  readonly local: string;
  readonly connection: ConnectionId;
  readonly key: BindingKey | undefined;
  readonly now: number;
}

/** Subscriptions per AoR; an app that starts anew leaves its old one behind, and the oldest makes room. */
const MAX_WATCHERS = 10;

/**
 * The location with a subscription added, renewed or ended, and the watcher that is to be told all there is to know now
 * (RFC 6665 §4.2.1, §4.4.3). Throws a `Refusal` for one that is unknown, or older than what it would renew.
 */
export function watch(
  asked: Subscription,
  { id, local, connection, key, now }: Subscriber,
  found: Location,
): readonly [location: Location, watcher: Watcher] {
  const known = found.watchers.find((watcher) => watcher.id === id);
  if (known === undefined && asked.isRenewal) throw new Refusal(481);
  if (known !== undefined && asked.cseq < known.cseq) throw new Refusal(500, "CSeq Out of Order");
  const { callId, remote, target, routes, eventId, cseq } = asked;
  const until = now + asked.seconds * 1000;
  const version = (known?.version ?? 0) + 1;
  const watcher = {
    id,
    callId,
    local,
    remote,
    target,
    routes: known?.routes ?? routes,
    eventId,
    cseq,
    version,
    until,
    key,
    connection,
  };
  const others = found.watchers.filter((other) => other.id !== id);
  const watchers = until > now ? [...others, watcher].slice(-MAX_WATCHERS) : others;
  return [{ ...found, watchers }, watcher];
}

/** The location without a watcher that wants to hear no more. The same location if it had none. */
export function withoutWatcher(location: Location, id: string): Location {
  if (!location.watchers.some((watcher) => watcher.id === id)) return location;
  return { ...location, watchers: location.watchers.filter((watcher) => watcher.id !== id) };
}

/**
 * The changed location, in which every watcher has something new to hear if the devices are not what they were. A
 * registration that was merely refreshed is no news.
 */
export function withNews(before: Location, after: Location): Location {
  if (after.watchers.length === 0 || isSame(before.bindings, after.bindings)) return after;
  return {
    ...after,
    watchers: after.watchers.map((watcher) => ({ ...watcher, version: watcher.version + 1 })),
  };
}

/** Those that a change has something new for: the news is in the same record as what it is about. */
export function toTell(before: Location, after: Location): readonly Watcher[] {
  // Who subscribes anew is told by whoever answers that.
  if (isSame(before.bindings, after.bindings)) return [];
  return after.watchers.filter(({ id, version }) =>
    before.watchers.some((known) => known.id === id && known.version < version),
  );
}

function isSame(before: readonly Binding[], after: readonly Binding[]): boolean {
  return (
    before.length === after.length &&
    before.every((binding, index) => {
      const other = after[index];
      return (
        other !== undefined &&
        binding.key === other.key &&
        binding.uri === other.uri &&
        binding.since === other.since &&
        (binding.connection === undefined) === (other.connection === undefined)
      );
    })
  );
}
