import { NONCE_LIFETIME } from "../auth/nonce.ts";
import { holds, isReplay, type Proof } from "../auth/proof.ts";
import type { BindingKey, ConnectionId } from "../location/ids.ts";
import type { Connection, Stored } from "../ports.ts";
import type { Aor } from "../sip/aor.ts";
import { CONNECTION_MEMORY } from "./announce.ts";
import type { App } from "./app.ts";

// What is remembered of who is at the other end of a connection. It ends with the connection, or with what proved it.

/** How many users one connection may be remembered to have proved besides those that it registered. */
const MAX_PROVED = 10;

/** Whether the user is known to be at the other end: registered from there, proved there, or let in as such. */
export function isKnown(
  connection: Connection | undefined,
  user: Aor | undefined,
  authorized: Proof | undefined,
  now: number,
): boolean {
  if (user === undefined) return false;
  if (authorized?.aor === user && holds(authorized, now)) return true;
  if (connection === undefined || connection.closed) return false;
  for (const entry of connection.registered) if (entry.aor === user && holds(entry, now)) return true;
  for (const entry of connection.proved ?? []) if (entry.aor === user && holds(entry, now)) return true;
  return false;
}

/** The key under which the connection registered the user last; undefined if it did not. */
export function keyOf(connection: Connection | undefined, user: Aor | undefined): BindingKey | undefined {
  return connection?.registered.findLast(({ aor }) => aor === user)?.key;
}

/** Whether the nonce of a proof was used over this connection as often, or more often. */
export function wasUsed(connection: Connection | undefined, { nonce }: Proof): boolean {
  return connection?.proved?.some((entry) => isReplay(nonce, entry.nonce)) ?? false;
}

/**
 * Notes who has proved himself over a connection, so that he is not asked again: one write, and none if it was known. A
 * password proves it for as long as a nonce holds, so that one that is changed does not let in for ever.
 */
export async function remember(
  { connections, clock }: App,
  from: ConnectionId,
  proof: Proof,
  read?: Stored<Connection>,
): Promise<void> {
  const now = clock();
  const until = proof.until ?? now + NONCE_LIFETIME;
  let { value, version } = read ?? (await connections.read(from));
  for (;;) {
    if (value?.closed || covers(value, proof.aor, until)) return;
    const others = value?.proved?.filter((entry) => entry.aor !== proof.aor && holds(entry, now)) ?? [];
    const entry: Proof = { aor: proof.aor, until, nonce: proof.nonce };
    const proved = [...others.slice(1 - MAX_PROVED), entry];
    const registered = value?.registered ?? [];
    const next: Connection = { registered, proved, closed: false };
    // Its end may have been handled already: what registers nothing is forgotten by itself.
    const last = Math.max(until, ...others.map((other) => other.until ?? until));
    const end = registered.length > 0 ? now + CONNECTION_MEMORY : last;
    if ((await connections.swap(from, version, next, end)) === "committed") return;
    ({ value, version } = await connections.read(from));
  }
}

/** Whether the user is known there already, for so long. */
function covers(connection: Connection | undefined, user: Aor, until: number): boolean {
  const lasts = (entry: { readonly aor: Aor; readonly until?: number | undefined }) =>
    entry.aor === user && (entry.until === undefined || entry.until >= until);
  return (
    connection !== undefined &&
    (connection.registered.some(lasts) || (connection.proved?.some(lasts) ?? false))
  );
}
