import { isReplay, type Proof } from "../auth/proof.ts";
import { sameRights } from "../auth/rights.ts";
import { deviceOf } from "../location/device.ts";
import type { BindingKey, ConnectionId } from "../location/ids.ts";
import { bindingOf, type Location, type NonceUse, type PushTarget } from "../location/location.ts";
import type { Arrival } from "../registrar/arrival.ts";
import { checkExtensions } from "../registrar/extensions.ts";
import { refuseAddresses } from "../registrar/our-address.ts";
import { register as registered } from "../registrar/register.ts";
import { registeredReply } from "../registrar/registered-reply.ts";
import { type Registration, readRegistration } from "../registrar/registration.ts";
import { type Aor, aorOf, domainOf } from "../sip/aor.ts";
import { To } from "../sip/fields.ts";
import { format } from "../sip/format.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import { parseSipUri } from "../sip/uri.ts";
import { announce } from "./announce.ts";
import { type App, isOurDomain, isOurHost } from "./app.ts";
import { authenticate, challengeTo } from "./authenticate.ts";
import { changeLocation } from "./change-location.ts";
import { claimTokens, newTargets } from "./claim-tokens.ts";
import { collectMail } from "./deliver-mail.ts";
import { disconnect } from "./disconnect.ts";
import { evict } from "./evict.ts";
import { giveUp } from "./give-up.ts";
import { grant } from "./grant.ts";
import type { Hints } from "./identify.ts";
import { remember } from "./known.ts";
import { logName } from "./log-name.ts";
import { logged } from "./logged.ts";
import { registeredEvent } from "./registered-event.ts";
import { settle } from "./settle.ts";
import { toTagOf } from "./to-tag.ts";

/** When things happened at the edge, in ms since 1970, as far as that is known. */
export interface Times {
  /** The connection came up. */
  readonly connectedAt: number | undefined;
  /** The message was received. */
  readonly receivedAt: number | undefined;
}

/**
 * A REGISTER (RFC 3261 §10.3): who may, what changes, one compare-and-swap, the answer; then every call that waits for
 * one of these devices goes out to it, after the 200 and never before it (RFC 8599 §5.6.2), and what is stored for it.
 */
export async function register(
  app: App,
  from: ConnectionId,
  request: SipRequest,
  { connectedAt, receivedAt }: Times,
  { authorized, address }: Pick<Hints, "authorized" | "address">,
): Promise<void> {
  const aor = addressOf(app, request);
  checkExtensions(request);
  const standing = authorized?.aor === aor ? authorized : undefined;
  const question = { asker: "registrar", domain: domainOf(aor), standing, address } as const;
  const proof = await authenticate(app, from, request, question);
  if (proof.aor !== aor) throw new Refusal(403, "Not Your Address");
  const asked = readRegistration(request);
  refuseAddresses(asked, aor, (domain) => isOurDomain(app, domain));
  const stale = () => challengeTo(app, from, request, question, { stale: true });
  const location = await commit(app, from, proof, asked, receivedAt, stale);
  if (location === "closed") return disconnect(app, from);
  if (location === "removed") return unmake(app, aor);
  // A newer token, for what was registered with an older one.
  if (proof.until !== undefined && proof !== standing) await remember(app, from, proof);
  const { keyring, settings } = app;
  const means = { keyring, policy: settings.register, toTag: toTagOf(app, request) };
  const arrival = { aor, connection: from, now: app.clock() };
  const answer = registeredReply(request, asked, location, arrival, means);
  if ((await app.edge.send(from, format(answer))) === "gone") return disconnect(app, from);
  app.log.debug("registered", () => ({
    user: logName(app, aor),
    connection: from,
    bindings: location.bindings.length,
  }));
  if (location.waiting.length > 0) await release(app, from, connectedAt, location);
  const { bindings, mail } = location;
  if (mail !== undefined) await logged(app, "REGISTER", () => collectMail(app, aor, from, bindings, mail));
}

/**
 * The AoR in To, which must be one of ours, asked of a registrar that is us (§10.3 steps 1 and 5). Throws `SipSyntaxError` for
 * one that is neither sip nor sips (§10.2).
 */
function addressOf(app: App, { uri, headers }: SipRequest): Aor {
  const { host } = parseSipUri(uri, "Request-URI");
  const aor = aorOf(parseSipUri(headers.first(To)?.uri ?? "", "To"));
  if (aor === undefined || !isOurHost(app, host.toLowerCase()) || !isOurDomain(app, domainOf(aor))) {
    throw new Refusal(404);
  }
  return aor;
}

/**
 * Writes what is asked. A connection that ends meanwhile leaves no ghost behind: it is announced before the first
 * binding is written, and looked at again afterwards, so that either its end finds the binding or we find its end.
 * "closed": it has ended, and whatever was written must be undone. So with the user, whom the administrator may remove
 * meanwhile: "removed"; unless a token speaks for the user, who then need not be in our records. `stale` is what is thrown for
 * a nonce that was used before.
 */
async function commit(
  app: App,
  from: ConnectionId,
  proof: Proof,
  asked: Registration,
  receivedAt: number | undefined,
  stale: () => Refusal,
): Promise<Location | "closed" | "removed"> {
  const { aor, until, nonce, rights } = proof;
  let isNew = false;
  let isClosed = false;
  const location = await changeLocation(app, aor, (found) => {
    if (isReplayed(found, asked, nonce)) throw stale();
    const now = app.clock();
    const arrival: Arrival = { aor, connection: from, now, receivedAt, until, nonce };
    const next = registered(asked, found, arrival, app.settings.register);
    const added = broughtHere(found, next, from);
    const targets = newTargets(found, next);
    if (added.length === 0 && targets.length === 0) return next;
    return prepare(app, from, proof, { added, targets }).then((outcome) => {
      isNew ||= added.length > 0;
      isClosed = outcome === "closed";
      return isClosed ? found : next;
    });
  });
  if (isClosed) return "closed";
  if (!isNew) return location;
  const isByToken = nonce === undefined;
  const [{ value: connection }, subscriber] = await Promise.all([
    app.connections.read(from),
    isByToken ? undefined : app.subscribers.read(aor),
  ]);
  if (!isByToken && subscriber?.value === undefined) return "removed";
  // The administrator may have changed them meanwhile, and looked before the binding was there.
  if (!isByToken && !sameRights(subscriber?.value?.rights, rights))
    await grant(app, from, aor, subscriber?.value?.rights);
  return connection?.closed ? "closed" : location;
}

/**
 * Whether the nonce has proved another REGISTER, with this count or a higher one. The repetition of a REGISTER is the same
 * one (§10.3 step 7 tells them by Call-ID and CSeq).
 */
function isReplayed(
  { bindings }: Location,
  { callId, cseq }: Registration,
  nonce: NonceUse | undefined,
): boolean {
  for (const binding of bindings) {
    if (!isReplay(nonce, binding.nonce)) continue;
    if (binding.callId !== callId || binding.cseq !== cseq) return true;
  }
  return false;
}

/** What must be known before bindings are written: that they are on this connection, and whose their tokens are. */
async function prepare(
  app: App,
  from: ConnectionId,
  proof: Proof,
  { added, targets }: Preparation,
): Promise<"announced" | "closed"> {
  const outcome = added.length === 0 ? "announced" : await announce(app, from, proof, added);
  if (outcome === "announced" && targets.length > 0)
    await claimTokens(app, proof.aor, targets, (fork, event) => settle(app, fork, event));
  return outcome;
}

interface Preparation {
  readonly added: readonly BindingKey[];
  readonly targets: readonly PushTarget[];
}

/** Undoes what was registered for a user that is no more; whoever was let in by the old record is cut off. */
async function unmake(app: App, aor: Aor): Promise<void> {
  const everything = () => true;
  await evict(app, aor, everything, (fork, key) => giveUp(app, fork, key));
}

/** The bindings that are on this connection and were not. */
function broughtHere(before: Location, after: Location, connection: ConnectionId): readonly BindingKey[] {
  return after.bindings
    .filter((binding) => binding.connection === connection)
    .map(({ key }) => key)
    .filter((key) => bindingOf(before, key)?.connection !== connection);
}

/** Sends the calls that wait for these devices on their way. They stay noted until they run out: see `settle`. */
async function release(
  app: App,
  connection: ConnectionId,
  connectedAt: number | undefined,
  { bindings, waiting }: Location,
): Promise<void> {
  for (const { fork, key, device } of waiting) {
    const binding = bindings.find(
      (candidate) => candidate.connection === connection && deviceOf(candidate.key) === device,
    );
    const event = binding && registeredEvent(key, binding, "registered", connectedAt);
    // One call whose record fails must not keep the others waiting.
    if (event !== undefined) await logged(app, "REGISTER", () => settle(app, fork, event));
  }
}
