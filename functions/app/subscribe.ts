import type { ConnectionId } from "../location/ids.ts";
import type { Watcher } from "../location/watcher.ts";
import { watchedAor, watchUri } from "../registrar/notify-request.ts";
import { readSubscription } from "../registrar/subscription.ts";
import { watch } from "../registrar/watch.ts";
import { type Aor, aorOf, domainOf } from "../sip/aor.ts";
import { CallId, Contact, Expires, From, To } from "../sip/fields.ts";
import { format } from "../sip/format.ts";
import { headerLine } from "../sip/headers.ts";
import type { SipRequest } from "../sip/message.ts";
import { paramOf } from "../sip/params.ts";
import { Refusal } from "../sip/refusal.ts";
import { reply } from "../sip/reply.ts";
import { isSipUri, parseSipUri, parseUri } from "../sip/uri.ts";
import { type App, isOurDomain } from "./app.ts";
import { changeLocation, currently } from "./change-location.ts";
import { type Hints, identify } from "./identify.ts";
import { notifyWatcher } from "./notify.ts";
import { ourPlace } from "./our-place.ts";

/**
 * A SUBSCRIBE to the registrations of one's own AoR (RFC 3680 §4): noted in the location, so that it and what it is about
 * change together; then 200, and at once a NOTIFY of all there is (RFC 6665 §4.2.1.2).
 */
export async function subscribe(
  app: App,
  from: ConnectionId,
  request: SipRequest,
  hints: Hints,
): Promise<void> {
  const aor = watchedBy(app, request);
  const { party } = await identify(app, from, request, hints);
  const { aor: subscriber, key } = party;
  // §4.6: whose devices they are is nobody else's business.
  if (subscriber !== aor) throw new Refusal(403, "Not Your Address");
  const asked = readSubscription(request);
  const id = dialogOf(app, request);
  const local = localAddress(request, id);
  let told: Watcher | undefined;
  const location = await changeLocation(app, aor, (found) => {
    const who = { id, local, connection: from, key, now: app.clock() };
    const [next, watcher] = watch(asked, who, found);
    told = watcher;
    return next;
  });
  const uri = watchUri(app.keyring, aor, asked.callId, ourPlace(app, from, domainOf(aor)));
  const headers = [
    headerLine(Expires, asked.seconds),
    headerLine(Contact, { display: undefined, uri, params: [] }),
  ];
  await app.edge.send(from, format(reply(request, 200, { toTag: id, headers })));
  if (told !== undefined) await notifyWatcher(app, aor, currently(app, location), told);
}

/** Whether a request is about a subscription of ours, by our Contact. */
export function isToWatch({ keyring }: App, { uri: text, headers }: SipRequest): boolean {
  const uri = parseUri(text, "Request-URI");
  return isSipUri(uri) && watchedAor(keyring, uri, headers.first(CallId) ?? "") !== undefined;
}

/** The AoR that a SUBSCRIBE names, or that the dialog it belongs to is about. */
function watchedBy(app: App, { uri: text, headers }: SipRequest): Aor {
  const uri = parseSipUri(text, "Request-URI");
  const aor = watchedAor(app.keyring, uri, headers.first(CallId) ?? "") ?? aorOf(uri);
  if (aor === undefined || !isOurDomain(app, domainOf(aor))) throw new Refusal(404);
  return aor;
}

/** Our tag: the same for the repetition of a SUBSCRIBE. */
function dialogOf({ keyring }: App, { headers }: SipRequest): string {
  const from = headers.first(From);
  const tag = (from && paramOf(from.params, "tag")) ?? "";
  return keyring.mac("watcher", headers.first(CallId) ?? "", tag);
}

function localAddress({ headers }: SipRequest, tag: string): string {
  const to = headers.first(To);
  if (to === undefined) return "";
  return To.write({
    ...to,
    params: [...to.params.filter(([name]) => name.toLowerCase() !== "tag"), ["tag", tag]],
  });
}
