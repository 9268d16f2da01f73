import { holds } from "../auth/proof.ts";
import type { Rights } from "../auth/rights.ts";
import type { ConnectionId } from "../location/ids.ts";
import type { Connection } from "../ports.ts";
import type { Aor } from "../sip/aor.ts";
import { CONNECTION_MEMORY } from "./announce.ts";
import type { App } from "./app.ts";
import { withRights } from "./connection-rights.ts";

/**
 * Gives a user who has proved himself over a connection by his password other rights there; whoever did so by a token has those until
 * its end. One read, and no write if he has them.
 */
export async function grant(
  { connections, clock }: App,
  connection: ConnectionId,
  user: Aor,
  rights: Rights | undefined,
): Promise<void> {
  for (;;) {
    const { value, version } = await connections.read(connection);
    if (value === undefined || value.closed) return;
    const next = granted(value, user, rights, clock());
    if (next === value) return;
    if ((await connections.swap(connection, version, next, clock() + CONNECTION_MEMORY)) === "committed")
      return;
  }
}

function granted(connection: Connection, user: Aor, rights: Rights | undefined, now: number): Connection {
  const { registered, proved = [] } = connection;
  const isByToken =
    registered.some((entry) => entry.aor === user && entry.until !== undefined && holds(entry, now)) ||
    proved.some((entry) => entry.aor === user && entry.nonce === undefined && holds(entry, now));
  if (isByToken) return connection;
  const [ofRegistered, ofProved] = [withRights(registered, user, rights), withRights(proved, user, rights)];
  if (ofRegistered === registered && ofProved === proved) return connection;
  return { registered: ofRegistered, proved: ofProved, closed: false };
}
