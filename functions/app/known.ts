import { NONCE_LIFETIME } from "../auth/nonce.ts";
import { holds, isReplay, type Proof } from "../auth/proof.ts";
import { type Rights, sameRights } from "../auth/rights.ts";
import type { BindingKey, ConnectionId } from "../location/ids.ts";
import type { Connection, Stored } from "../ports.ts";
import type { Aor } from "../sip/aor.ts";
import { CONNECTION_MEMORY } from "./announce.ts";
import type { App } from "./app.ts";
import { withRights } from "./connection-rights.ts";

// What is remembered of who is at the other end of a connection. It ends with the connection, or with what proved it.

/** How many users one connection may be remembered to have proved besides those that it registered. */
const MAX_PROVED = 10;

/** Somebody who is known, and what he may begin. */
export interface Known {
  readonly aor: Aor;
  readonly rights?: Rights | undefined;
}

/** What is known of the user if he is at the other end: proved there, registered from there, or let in as such. */
export function known(
  connection: Connection | undefined,
  user: Aor,
  authorized: Proof | undefined,
  now: number,
): Known | undefined {
  if (connection !== undefined && !connection.closed) {
    for (const entry of connection.proved ?? []) if (entry.aor === user && holds(entry, now)) return entry;
    for (const entry of connection.registered) if (entry.aor === user && holds(entry, now)) return entry;
  }
  return authorized?.aor === user && holds(authorized, now) ? authorized : undefined;
}

/** Who is at the other end, if a request does not say: whom it registered last, else proved last, else who was let in. */
export function knownUser(
  connection: Connection | undefined,
  authorized: Proof | undefined,
  now: number,
): Aor | undefined {
  const isHeld = (entry: { readonly until?: number | undefined }) => holds(entry, now);
  const { registered = [], proved = [] } = connection === undefined || connection.closed ? {} : connection;
  const last = registered.findLast(isHeld) ?? proved.findLast(isHeld);
  return last?.aor ?? (authorized !== undefined && holds(authorized, now) ? authorized.aor : undefined);
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
    if (value?.closed || covers(value, proof, until)) return;
    const others = value?.proved?.filter((entry) => entry.aor !== proof.aor && holds(entry, now)) ?? [];
    const entry: Proof = { aor: proof.aor, until, nonce: proof.nonce, rights: proof.rights };
    const proved = [...others.slice(1 - MAX_PROVED), entry];
    const registered = withRights(value?.registered ?? [], proof.aor, proof.rights);
    const next: Connection = { registered, proved, closed: false };
    // Its end may have been handled already: what registers nothing is forgotten by itself.
    const last = Math.max(until, ...others.map((other) => other.until ?? until));
    const end = registered.length > 0 ? now + CONNECTION_MEMORY : last;
    if ((await connections.swap(from, version, next, end)) === "committed") return;
    ({ value, version } = await connections.read(from));
  }
}

/** Whether the user is known there already, for so long and with the same rights. */
function covers(connection: Connection | undefined, { aor, rights }: Proof, until: number): boolean {
  if (connection === undefined) return false;
  const all = [...(connection.proved ?? []), ...connection.registered].filter((entry) => entry.aor === aor);
  const isLasting = all.some((entry) => entry.until === undefined || entry.until >= until);
  return isLasting && all.every((entry) => sameRights(entry.rights, rights));
}
