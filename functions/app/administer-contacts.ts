import type { BindingKey, ConnectionId } from "../location/ids.ts";
import { type Binding, NOWHERE } from "../location/location.ts";
import { publicContact } from "../location/private-params.ts";
import type { Aor } from "../sip/aor.ts";
import { textField } from "../sip/field.ts";
import { Contact } from "../sip/fields.ts";
import { headerLine } from "../sip/headers.ts";
import type { Octets } from "../sip/octets.ts";
import { formatParams } from "../sip/params.ts";
import type { Administration } from "./administration.ts";
import { currently } from "./change-location.ts";
import { type Eviction, evict } from "./evict.ts";

/** A binding as the administrator sees it: all of it but the device token, which is nobody's but its owner's. */
export interface AdministeredContact {
  readonly key: BindingKey;
  /** Without the parameters that may hold tokens. */
  readonly uri: Octets;
  /** The Contact's header parameters, without those that may hold tokens. */
  readonly params: Octets;
  readonly state: "online" | "dormant";
  /** The push service and the app there; undefined for a device that cannot be pushed. */
  readonly push: { readonly provider: string; readonly app: Octets } | undefined;
  readonly callId: Octets;
  readonly cseq: number;
  /** In ms since 1970. */
  readonly expiresAt: number;
  readonly connection: ConnectionId | undefined;
}

/** The contacts of an AoR that have not run out. "unknown": it has none, and is nobody's. */
export async function contactsOf(
  app: Administration,
  aor: Aor,
): Promise<readonly AdministeredContact[] | "unknown"> {
  const { value: location } = await app.locations.read(aor);
  const { bindings } = currently(app, location ?? NOWHERE);
  if (bindings.length > 0 || app.declared.has(aor)) return bindings.map(administered);
  const { value: subscriber } = await app.subscribers.read(aor);
  return subscriber === undefined ? "unknown" : [];
}

/** Removes one contact of an AoR and closes its connection. "unknown": it has no such contact (any more). */
export async function removeContact(
  app: Administration,
  aor: Aor,
  key: BindingKey,
): Promise<Eviction | "unknown"> {
  const eviction = await evict(app, aor, (binding) => binding.key === key, app.giveUp);
  return eviction.removed === 0 ? "unknown" : eviction;
}

const ContactText = textField("Contact");

function administered(binding: Binding): AdministeredContact {
  const { key, push, callId, cseq, expiresAt, connection } = binding;
  return {
    key,
    ...publicParts(binding),
    state: connection === undefined ? "dormant" : "online",
    push: push && { provider: push.provider, app: push.param },
    callId,
    cseq,
    expiresAt,
    connection,
  };
}

function publicParts({ uri, params }: Binding): Pick<AdministeredContact, "uri" | "params"> {
  const [contact] = publicContact(headerLine(ContactText, `<${uri}>${params}`)).read(Contact);
  // What was registered can be read; if it could not, nothing of it would be shown.
  if (contact === undefined || contact === "*") return { uri: "", params: "" };
  return { uri: contact.uri, params: formatParams(contact.params) };
}
