import { holds, type Proof } from "../auth/proof.ts";
import type { Connection } from "../ports.ts";
import { assertedIdentities } from "../proxy/asserted-identity.ts";
import { aorIn, domainOf } from "../sip/aor.ts";
import { From } from "../sip/fields.ts";
import type { SipMessage } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { SipSyntaxError } from "../sip/syntax-error.ts";
import type { Trunk, Trunks } from "../trunk/trunk.ts";
import { type App, isOurDomain } from "./app.ts";

/** The trunk at the other end of a connection: let in, proved there, or registered from there; undefined if that is none. */
export function trunkOn(
  { byAor }: Trunks,
  connection: Connection | undefined,
  authorized: Proof | undefined,
  now: number,
): Trunk | undefined {
  const { registered = [], proved = [] } = connection === undefined || connection.closed ? {} : connection;
  for (const entry of [authorized, ...proved, ...registered]) {
    const trunk = entry && holds(entry, now) ? byAor.get(entry.aor) : undefined;
    if (trunk !== undefined) return trunk;
  }
  return undefined;
}

/**
 * Who calls, as a trunk says: by P-Asserted-Identity if it is trusted with that, else by From. Nobody of ours but itself, since it
 * speaks for others than our users. `received` is the request as it came.
 */
export function callerBy(app: App, trunk: Trunk, received: SipMessage): Octets {
  const asserted = trunk.isTrusted ? assertedIdentities(received) : [];
  const named = [...asserted, received.headers.first(From)?.uri ?? ""];
  return named.find((uri) => isForeign(app, uri)) ?? trunk.aor;
}

function isForeign(app: App, uri: Octets): boolean {
  try {
    const named = aorIn(uri, "P-Asserted-Identity");
    return named === undefined ? /^tel:/i.test(uri) : !isOurDomain(app, domainOf(named));
  } catch (error) {
    if (error instanceof SipSyntaxError) return false;
    throw error;
  }
}
