import type { Proof } from "../auth/proof.ts";
import type { ConnectionId } from "../location/ids.ts";
import type { Party } from "../proxy/fork.ts";
import { aorIn, domainOf } from "../sip/aor.ts";
import { From } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import { type App, isOurDomain } from "./app.ts";
import { authenticate, challengeTo } from "./authenticate.ts";
import { isKnown, keyOf, remember, wasUsed } from "./known.ts";

/**
 * Who sends a request that begins something: the user that From names, if he is known on this connection or was let in as
 * such (`authorized`), or if the request's credentials prove it, which is then remembered. Anybody else is challenged (407), or
 * refused for borrowing a name (403).
 */
export async function identify(
  app: App,
  from: ConnectionId,
  request: SipRequest,
  authorized?: Proof,
): Promise<Party> {
  const claimed = aorIn(request.headers.first(From)?.uri ?? "", "From");
  const read = await app.connections.read(from);
  const { value: connection } = read;
  if (claimed !== undefined && isKnown(connection, claimed, authorized, app.clock()))
    return { aor: claimed, key: keyOf(connection, claimed), connection: from };
  const isOurs = claimed !== undefined && isOurDomain(app, domainOf(claimed));
  const domain = isOurs ? domainOf(claimed) : app.settings.domains[0];
  const question = { asker: "proxy", domain } as const;
  const proof = await authenticate(app, from, request, question);
  if (wasUsed(connection, proof)) throw challengeTo(app, from, request, question, { stale: true });
  if (proof.aor !== claimed) throw new Refusal(403, "From Is Not You");
  await remember(app, from, proof, read);
  return { aor: proof.aor, key: keyOf(connection, proof.aor), connection: from };
}
