import type { BindingKey, ConnectionId } from "../../functions/location/ids.ts";
import { type Binding, type Location, NOWHERE, type PushTarget } from "../../functions/location/location.ts";

// The words for what a location holds.

export const NOW = Date.UTC(2026, 10, 23, 9);
export const TOKEN: PushTarget = { provider: "fcm", param: "acme-1", prid: "token-1" };

/** A binding of that key, a minute long, that sleeps. */
export function binding(key: string, more: Partial<Binding> = {}): Binding {
  return {
    key: key as BindingKey,
    uri: `sip:${key}@x`,
    params: "",
    path: "",
    callId: "call-1",
    cseq: 1,
    since: NOW,
    gruus: { since: NOW, firstCseq: 1 },
    refreshedAt: NOW,
    expiresAt: NOW + 60_000,
    connection: undefined,
    push: undefined,
    pushed: undefined,
    reminded: undefined,
    ...more,
  };
}

/** A location of these bindings. */
export function at(...bindings: readonly Binding[]): Location {
  return { ...NOWHERE, bindings };
}

export function ws(name: string | number): ConnectionId {
  return `ws-${name}` as ConnectionId;
}

export function keysOf({ bindings }: Location): readonly string[] {
  return bindings.map(({ key }) => key);
}
