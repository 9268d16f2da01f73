import { current, NOWHERE } from "../location/location.ts";
import type { Party } from "../proxy/fork.ts";
import type { Target } from "../proxy/open-fork.ts";
import { publicUri } from "../proxy/private-params.ts";
import { mustRing } from "../push/destination.ts";
import { type Aor, aorOf, domainOf } from "../sip/aor.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import { isSipUri, parseUri } from "../sip/uri.ts";
import { type App, isOurDomain } from "./app.ts";

/** Whom a request is for: an AoR of ours, or nobody that we could reach (404), since we never dial out. */
export function calleeOf(app: App, { uri }: SipRequest): Aor {
  const parsed = parseUri(uri, "Request-URI");
  if (!isSipUri(parsed)) throw new Refusal(416);
  const callee = aorOf(parsed);
  if (callee === undefined || !isOurDomain(app, domainOf(callee))) throw new Refusal(404);
  return callee;
}

/**
 * The devices that a request for the AoR goes to (RFC 3261 §16.5): all that are online, and for an INVITE also those
 * that can be woken; never the one that sends it. Throws 480 if there is none, 404 if there is no such user.
 */
export async function targetsFor(
  app: App,
  callee: Aor,
  caller: Party,
  method: string,
): Promise<readonly [Target, ...Target[]]> {
  const { value } = await app.locations.read(callee);
  const { bindings } = current(value ?? NOWHERE, app.clock());
  const [first, ...others] = bindings
    .filter(({ key }) => !(callee === caller.aor && key === caller.key))
    .filter(({ connection }) => connection !== undefined || method === "INVITE")
    .map(({ key, uri, connection, push }) => ({
      key,
      uri: publicUri(uri),
      connection,
      mustRing: mustRing(push),
    }));
  if (first !== undefined) return [first, ...others];
  const { value: subscriber } = await app.subscribers.read(callee);
  throw new Refusal(subscriber === undefined && bindings.length === 0 ? 404 : 480);
}
