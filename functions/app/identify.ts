import type { ConnectionId } from "../location/ids.ts";
import type { Party } from "../proxy/fork.ts";
import { aorIn, domainOf } from "../sip/aor.ts";
import { From } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import { type App, isOurDomain } from "./app.ts";
import { authenticate } from "./authenticate.ts";

/**
 * Who sends a request that begins something: the user that From names, if this connection has registered it, or if the
 * request's credentials prove it. Anybody else is challenged (407), or refused for borrowing a name (403).
 */
export async function identify(app: App, from: ConnectionId, request: SipRequest): Promise<Party> {
  const claimed = aorIn(request.headers.first(From)?.uri ?? "", "From");
  const { value: connection } = await app.connections.read(from);
  const registered = connection?.registered.findLast(({ aor }) => aor === claimed);
  if (registered !== undefined) return { ...registered, connection: from };
  const isOurs = claimed !== undefined && isOurDomain(app, domainOf(claimed));
  const domain = isOurs ? domainOf(claimed) : app.settings.domains[0];
  const user = await authenticate(app, from, request, "proxy", domain);
  if (user !== claimed) throw new Refusal(403, "From Is Not You");
  return { aor: user, key: undefined, connection: from };
}
