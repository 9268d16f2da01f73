import type { Proof } from "../auth/proof.ts";
import type { BindingKey, ConnectionId } from "../location/ids.ts";
import type { Aor } from "../sip/aor.ts";
import { Refusal } from "../sip/refusal.ts";
import type { App } from "./app.ts";
import { withRights } from "./connection-rights.ts";

/**
 * How long a connection's record is kept whose end we never hear of, in ms: longer than any binding lasts. API Gateway
 * ends a connection after two hours; our own edge does not.
 */
export const CONNECTION_MEMORY = 32 * 86_400_000;

/** How many bindings one connection may have registered in its life: far more than any phone does. */
const MAX_REGISTERED = 200;

/**
 * Notes under the connection that it registers these bindings of the AoR, before it does: whoever handles the
 * connection's end must find them. "closed" if it has ended already. Refuses (403) what would make its record grow for ever.
 */
export async function announce(
  { connections, clock }: App,
  connection: ConnectionId,
  { aor, until, rights }: Pick<Proof, "aor" | "until" | "rights">,
  keys: readonly BindingKey[],
): Promise<"announced" | "closed"> {
  for (;;) {
    const { value, version } = await connections.read(connection);
    if (value?.closed) return "closed";
    const known = value?.registered ?? [];
    const added = keys.filter((key) => !known.some((entry) => entry.aor === aor && entry.key === key));
    if (added.length === 0) return "announced";
    if (known.length + added.length > MAX_REGISTERED) {
      throw new Refusal(403, "Too Many Contacts over One Connection");
    }
    const registered = [
      ...withRights(known, aor, rights),
      ...added.map((key) => ({ aor, key, until, rights })),
    ];
    const outcome = await connections.swap(
      connection,
      version,
      { registered, proved: value?.proved && withRights(value.proved, aor, rights), closed: false },
      clock() + CONNECTION_MEMORY,
    );
    if (outcome === "committed") return "announced";
  }
}

/**
 * Takes back what was announced: over this connection the user is not registered under this key any more. To be done
 * before the binding is removed: a REGISTER that makes it anew announces it anew.
 */
export async function renounce(
  { connections, clock }: App,
  connection: ConnectionId,
  aor: Aor,
  key: BindingKey,
): Promise<void> {
  for (;;) {
    const { value, version } = await connections.read(connection);
    if (value === undefined || value.closed) return;
    const registered = value.registered.filter((entry) => entry.aor !== aor || entry.key !== key);
    if (registered.length === value.registered.length) return;
    const next = { registered, proved: value.proved, closed: false };
    if ((await connections.swap(connection, version, next, clock() + CONNECTION_MEMORY)) === "committed")
      return;
  }
}
