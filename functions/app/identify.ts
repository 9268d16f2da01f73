import type { Proof } from "../auth/proof.ts";
import type { Rights } from "../auth/rights.ts";
import type { ConnectionId } from "../location/ids.ts";
import type { Connection } from "../ports.ts";
import { isAnonymous } from "../proxy/anonymous.ts";
import type { Party } from "../proxy/fork.ts";
import { type Aor, aorIn, domainOf } from "../sip/aor.ts";
import { From } from "../sip/fields.ts";
import type { SipMessage, SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import type { Trunk } from "../trunk/trunk.ts";
import { type App, isOurDomain } from "./app.ts";
import { authenticate, challengeTo } from "./authenticate.ts";
import { keyOf, known, knownUser, remember, wasUsed } from "./known.ts";
import { trunkOn } from "./trunk-caller.ts";

/** Who sends a request, as proved, and what he may begin; undefined rights restrict him in nothing. */
export interface Sender {
  readonly party: Party & { readonly aor: Aor };
  readonly rights: Rights | undefined;
  /** Which trunk he is, if he is one. */
  readonly trunk: Trunk | undefined;
}

/** What else is known of a request's sender. */
export interface Hints {
  /** Who was let in over its connection. */
  readonly authorized?: Proof | undefined;
  /** Whom it names beside From, which counts where From names nobody (RFC 3325 §9.2). */
  readonly preferred?: Aor | undefined;
  /** Where it comes from. */
  readonly address?: string | undefined;
  /** As it came, with all that its sender says of who it is. */
  readonly received?: SipMessage | undefined;
}

/**
 * Who sends a request that begins something: the user that it claims to be from, if he is known on this connection or was let in as
 * such, or if the request's credentials prove it, which is then remembered. Anybody else is challenged (407), or
 * refused for borrowing a name (403). A trunk brings requests from whomever it says, but from nobody of ours.
 */
export async function identify(
  app: App,
  from: ConnectionId,
  request: SipRequest,
  hints: Hints,
): Promise<Sender> {
  const read = await app.connections.read(from);
  const { value: connection } = read;
  const claimed = claimedBy(app, request, connection, hints);
  const found = claimed && known(connection, claimed, hints.authorized, app.clock());
  if (found !== undefined) return senderOf(app, connection, from, found.aor, found.rights);
  const isOurs = claimed !== undefined && isOurDomain(app, domainOf(claimed));
  const { trunks } = app.settings;
  const trunk = trunks && trunkOn(trunks, connection, hints.authorized, app.clock());
  if (trunk !== undefined) {
    if (isOurs) throw new Refusal(403, "From Is One of Ours");
    return senderOf(app, connection, from, trunk.aor, trunk.rights);
  }
  const domain = isOurs ? domainOf(claimed) : app.settings.domains[0];
  const question = { asker: "proxy", domain, address: hints.address } as const;
  const proof = await authenticate(app, from, request, question);
  if (wasUsed(connection, proof)) throw challengeTo(app, from, request, question, { stale: true });
  const isAnybody = claimed === undefined && isAnonymous(request.headers);
  const isTrunk = !isOurs && trunks?.byAor.has(proof.aor);
  if (proof.aor !== claimed && !isAnybody && !isTrunk) throw new Refusal(403, "From Is Not You");
  await remember(app, from, proof, read);
  return senderOf(app, connection, from, proof.aor, proof.rights);
}

/**
 * The user that a request claims to be from: as From says; for an anonymous one as its client prefers, else whoever is known at the other end
 * (RFC 3325 §9.1). Undefined if it names nobody. Throws `SipSyntaxError`.
 */
export function claimedBy(
  app: App,
  { headers }: SipRequest,
  connection: Connection | undefined,
  { authorized, preferred }: Hints,
): Aor | undefined {
  if (isAnonymous(headers)) return preferred ?? knownUser(connection, authorized, app.clock());
  return aorIn(headers.first(From)?.uri ?? "", "From");
}

function senderOf(
  { settings }: App,
  connection: Connection | undefined,
  from: ConnectionId,
  aor: Aor,
  rights: Rights | undefined,
): Sender {
  const trunk = settings.trunks?.byAor.get(aor);
  const party = { aor, key: keyOf(connection, aor), connection: from };
  return { party, rights: trunk === undefined ? rights : trunk.rights, trunk };
}
