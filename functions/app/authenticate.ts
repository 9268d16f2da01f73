import { type Asker, challenge, digestCredentials, judge } from "../auth/authenticate.ts";
import type { ConnectionId } from "../location/ids.ts";
import { type Aor, aor } from "../sip/aor.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import type { App } from "./app.ts";

/**
 * The user of the domain that the request's credentials prove. Throws the challenge if they prove nobody: with the
 * same words, after the same work, for a wrong password and for a user that does not exist. Where too many were wrong, none is
 * right (403), also after that work.
 */
export async function authenticate(
  app: App,
  from: ConnectionId,
  request: SipRequest,
  asker: Asker,
  domain: string,
): Promise<Aor> {
  const now = app.clock();
  const scope = { realm: domain, connection: from };
  const credentials = digestCredentials(request, asker, domain);
  if (credentials === undefined) throw challenge(asker, app.keyring, scope, now);
  const user = aor(credentials.username, domain);
  const { value: subscriber } = await app.subscribers.read(user);
  const verdict = judge(credentials, subscriber?.ha1s, app.keyring, scope, now);
  if (app.edge.proof?.(from, user, verdict) === "too many") throw new Refusal(403, "Too Many Wrong Proofs");
  if (verdict === "proved") return user;
  throw challenge(asker, app.keyring, scope, now, { stale: verdict === "stale" });
}
