import type { BindingKey, ConnectionId } from "./ids.ts";
import type { Binding, Location } from "./location.ts";

/** Without a flow that is said to have failed beyond its connection (430). The same location if it had none. */
export function withoutFlow(location: Location, key: BindingKey, connection: ConnectionId): Location {
  const isFailed = (binding: Binding) => binding.key === key && binding.connection === connection;
  if (!location.bindings.some(isFailed)) return location;
  return {
    ...location,
    bindings: location.bindings.flatMap((binding) => (isFailed(binding) ? leftOf(binding) : [binding])),
  };
}

/**
 * What is left when a connection has ended: its bindings are what they were before, asleep if they can be pushed, else gone (RFC 5626 §7,
 * RFC 8599 §5.5). Only those that are *still* on it: one that has meanwhile registered elsewhere stays. The same
 * location if it had none.
 */
export function withoutConnection(location: Location, connection: ConnectionId): Location {
  const isBeneath = ({ beneath }: Binding) => beneath?.connection === connection;
  const isOn = (binding: Binding) => binding.connection === connection;
  if (!location.bindings.some((binding) => isOn(binding) || isBeneath(binding))) return location;
  return {
    ...location,
    bindings: location.bindings.flatMap((binding) => {
      if (isBeneath(binding)) return [{ ...binding, beneath: undefined }];
      return isOn(binding) ? leftOf(binding) : [binding];
    }),
  };
}

/** What is left of a binding whose connection has ended: what is beneath it, or a sleeper, or nothing. */
function leftOf(binding: Binding): readonly Binding[] {
  const { push, beneath } = binding;
  if (beneath !== undefined) return [{ ...binding, ...beneath, beneath: undefined }];
  return push === undefined ? [] : [{ ...binding, connection: undefined }];
}
