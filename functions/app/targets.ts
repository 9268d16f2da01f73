import { deviceOf } from "../location/device.ts";
import { type Binding, NOWHERE } from "../location/location.ts";
import { publicUri } from "../location/private-params.ts";
import { callerPreferences } from "../proxy/caller-preferences.ts";
import type { Party } from "../proxy/fork.ts";
import type { Happening } from "../proxy/happening.ts";
import { breadthsOf } from "../proxy/max-breadth.ts";
import type { Target } from "../proxy/open-fork.ts";
import { requestDisposition } from "../proxy/request-disposition.ts";
import { considered, select } from "../proxy/selection.ts";
import { turnsOf } from "../proxy/turns.ts";
import { mustRing } from "../push/destination.ts";
import { flowsOf, type Gruu, gruuIn } from "../registrar/gruu.ts";
import { purrOwner } from "../registrar/purr.ts";
import { type Aor, aorOf, domainOf } from "../sip/aor.ts";
import type { SipRequest } from "../sip/message.ts";
import { paramOf } from "../sip/params.ts";
import { Refusal } from "../sip/refusal.ts";
import { isSipUri, parseUri } from "../sip/uri.ts";
import type { Trunk } from "../trunk/trunk.ts";
import { type App, isOurDomain, isOurHost } from "./app.ts";
import { currently, graceOf } from "./change-location.ts";
import { ownerOfNumber } from "./dial.ts";
import { Unreachable } from "./unreachable.ts";

/** Whom a request is for: all devices of an AoR, or one of them. */
export interface Callee {
  readonly aor: Aor;
  /** The one, by a GRUU or by the key of one of its flows. */
  readonly device: Gruu | Binding["key"] | undefined;
  /** The trunk that it goes out through, if it does. */
  readonly trunk?: Trunk;
}

/**
 * Whom a request is for: an AoR of ours, who has a number of ours, one of its devices by its GRUU (RFC 5627 §6.1) or PURR (RFC 8599 §6.2.3), or
 * nobody that we could reach (404, RFC 3261 §16.5), since we never dial out.
 */
export function calleeOf(app: App, { uri }: SipRequest): Callee {
  const parsed = parseUri(uri, "Request-URI");
  const { trunks } = app.settings;
  const owner = trunks && ownerOfNumber(app, trunks, uri);
  if (owner !== undefined) return { aor: owner, device: undefined };
  if (!isSipUri(parsed)) throw new Refusal(trunks === undefined ? 416 : 404);
  // §16.5: that would be the only target. One of ours says nothing: an AoR has no parameters.
  const maddr = paramOf(parsed.params, "maddr");
  if (maddr !== undefined && !isOurHost(app, maddr.toLowerCase())) throw new Refusal(404);
  const purr = purrOwner(app.keyring, paramOf(parsed.params, "pn-purr") ?? "");
  if (purr !== undefined) return { aor: purr.aor, device: purr.key };
  const gruu = gruuIn(app.keyring, parsed);
  if (gruu === "invalid") throw new Refusal(404);
  const aor = gruu === undefined ? aorOf(parsed) : gruu.aor;
  if (aor === undefined || !isOurDomain(app, domainOf(aor))) throw new Refusal(404);
  return { aor, device: gruu };
}

/** Where a request goes. */
export interface Choice {
  readonly targets: readonly [Target, ...Target[]];
  /** For an INVITE, what was decided about each of the callee's contacts; else nothing. */
  readonly considered: readonly Happening[];
}

/**
 * The devices that a request goes to (RFC 3261 §16.5): all that are online, and for an INVITE also those that can be
 * woken; each by one of its flows (RFC 5626 §7); of these the ones that the caller prefers, best first (RFC 3841 §7);
 * never the one that sends it. Throws `Unreachable` if there is none: 480, or 404 if there is no such user.
 */
export async function targetsFor(
  app: App,
  callee: Callee,
  caller: Party,
  request: SipRequest,
): Promise<Choice> {
  const { value: location = NOWHERE } = await app.locations.read(callee.aor);
  const { bindings } = currently(app, location);
  const isInvite = request.method === "INVITE";
  const { fork, parallel, queue } = requestDisposition(request.headers);
  const { trunk } = callee;
  // Who does not want to be queued does not want to wait for a phone to wake (RFC 3841 §9.1). Nobody waits for a trunk.
  const mayWake = isInvite && queue !== false && trunk === undefined;
  const selection = select(bindingsMeant(callee, bindings), {
    sender: callee.aor === caller.aor ? caller.key : undefined,
    mayWake,
    preferences: callerPreferences(request),
    // Two ways out would ring whom it calls twice.
    onlyBest: fork === false || trunk !== undefined,
  });
  const told = isInvite ? considered(location.bindings, selection, app.clock(), graceOf(app)) : [];
  const [first, ...others] = inTurns(request, selection.chosen, parallel).map(([binding, turn]) => ({
    ...targetOf(binding, bindings),
    mayWake,
    turn,
  }));
  if (first !== undefined) return { targets: [first, ...others], considered: told };
  const { aor } = callee;
  if (bindings.length > 0) throw new Unreachable(aor, 480, "no contact can be called", told);
  if (trunk !== undefined) throw new Unreachable(aor, 480, `the trunk ${trunk.name} is not connected`, told);
  const { value: subscriber } = await app.subscribers.read(aor);
  if (subscriber === undefined) throw new Unreachable(aor, 404, "there is no such user", told);
  throw new Unreachable(aor, 480, "nobody is registered", told);
}

/**
 * Whose turn it is when. Only the client of an INVITE waits long enough for a second turn (RFC 4321); of the targets of any
 * other request those that Max-Breadth leaves no room for get none (RFC 5393 §5.3.3).
 */
function inTurns(
  request: SipRequest,
  meant: readonly Binding[],
  parallel: boolean | undefined,
): readonly (readonly [binding: Binding, turn: number])[] {
  if (meant.length === 0) return [];
  const { atOnce } = breadthsOf(request, meant.length);
  if (request.method !== "INVITE") return meant.slice(0, atOnce).map((binding) => [binding, 0]);
  const each = meant.map(({ params }) => params);
  const turns = turnsOf(each, parallel, atOnce);
  return meant.map((binding, index) => [binding, turns[index] ?? 0]);
}

/** The bindings that a request to this callee may mean. Throws 404 for a temporary GRUU that has ended. */
export function bindingsMeant({ device }: Callee, bindings: readonly Binding[]): readonly Binding[] {
  if (device === undefined) return bindings;
  if (typeof device === "string") return bindings.filter(({ key }) => deviceOf(key) === deviceOf(device));
  const flows = flowsOf(device, bindings);
  if (flows === "dead") throw new Refusal(404);
  return flows;
}

function targetOf(
  { key, uri, path, connection, push }: Binding,
  all: readonly Binding[],
): Omit<Target, "mayWake" | "turn"> {
  const isOtherFlow = (other: Binding) => other.key !== key && deviceOf(other.key) === deviceOf(key);
  const hasOtherFlow = all.some(isOtherFlow);
  return { key, uri: publicUri(uri), path, connection, mustRing: mustRing(push), hasOtherFlow };
}
