import type { Octets } from "../sip/octets.ts";
import type { BindingKey } from "./ids.ts";
import type { Binding, Location, PushEndpoint, Pushed, PushTarget } from "./location.ts";

const NOTHING: Pushed = { endpoints: [], deadToken: undefined, spentUntil: 0 };

/** Whether pushes to both go to the same app on the same device. */
export function isSameTarget(one: PushTarget | undefined, other: PushTarget | undefined): boolean {
  return one?.prid === other?.prid && one?.provider === other?.provider && one?.param === other?.param;
}

/**
 * What a binding knows of pushes once its device has registered it again. Endpoints are of a token: another one begins anew.
 * A token that its service called dead is not taken, as long as the app runs that gave it (`isContinued`: the same Call-ID): once
 * it is started anew, its system has told it again which token it has.
 */
export function retargeted(
  existing: Binding | undefined,
  given: PushTarget | undefined,
  isContinued: boolean,
): Pick<Binding, "push" | "pushed"> {
  if (existing === undefined) return { push: given, pushed: undefined };
  const { push, pushed } = existing;
  if (given === undefined || (isContinued && given.prid === pushed?.deadToken))
    return { push: undefined, pushed: pushed && { ...pushed, endpoints: [] } };
  if (push !== undefined && isSameTarget(push, given)) {
    // A browser that subscribes again to the same place may have other keys.
    const isSame = push.keys?.auth === given.keys?.auth && push.keys?.p256dh === given.keys?.p256dh;
    return { push: isSame ? push : given, pushed };
  }
  return { push: given, pushed: pushed && { ...pushed, endpoints: [] } };
}

/** With what a service calls the device of a target; nothing if the binding has another target by now, or knows it. */
export function withEndpoint(
  location: Location,
  key: BindingKey,
  target: PushTarget,
  endpoint: PushEndpoint,
): Location {
  const isMeant = (binding: Binding) => binding.key === key && isSameTarget(binding.push, target);
  const isKnown = ({ pushed }: Binding) =>
    pushed?.endpoints.some(({ service, id }) => service === endpoint.service && id === endpoint.id) ?? false;
  if (!location.bindings.some((binding) => isMeant(binding) && !isKnown(binding))) return location;
  return withBindings(location, (binding) => {
    if (!isMeant(binding)) return binding;
    const { pushed = NOTHING } = binding;
    const others = pushed.endpoints.filter(({ service }) => service !== endpoint.service);
    return { ...binding, pushed: { ...pushed, endpoints: [...others, endpoint] } };
  });
}

/** With a device's budget spent until then, in ms since 1970. */
export function withPushSpent(location: Location, key: BindingKey, spentUntil: number): Location {
  return withBindings(location, (binding) =>
    binding.key === key ? { ...binding, pushed: { ...(binding.pushed ?? NOTHING), spentUntil } } : binding,
  );
}

/**
 * Without a push target, which goes to nobody any more ("dead"), or to somebody else ("moved"): what sleeps is gone, since it
 * cannot be woken; what is online stays. The same location if nobody has it.
 */
export function withoutTarget(
  location: Location,
  isMeant: (target: PushTarget) => boolean,
  why: "dead" | "moved",
): Location {
  if (!location.bindings.some(({ push }) => push !== undefined && isMeant(push))) return location;
  return withBindings(location, (binding) => {
    const { push, pushed = NOTHING } = binding;
    if (push === undefined || !isMeant(push)) return binding;
    if (binding.connection === undefined) return undefined;
    const deadToken: Octets | undefined = why === "dead" ? push.prid : pushed.deadToken;
    return { ...binding, push: undefined, pushed: { ...pushed, endpoints: [], deadToken } };
  });
}

function withBindings(location: Location, change: (binding: Binding) => Binding | undefined): Location {
  const bindings: Binding[] = [];
  for (const binding of location.bindings) {
    const changed = change(binding);
    if (changed !== undefined) bindings.push(changed);
  }
  return { ...location, bindings };
}
