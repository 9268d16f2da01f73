import type { Keyring } from "../keyring/keyring.ts";
import type { BindingKey, ConnectionId } from "../location/ids.ts";
import type { Address } from "../sip/address.ts";
import type { Aor } from "../sip/aor.ts";
import type { Octets } from "../sip/octets.ts";
import { formatPlace, type Place } from "../sip/place.ts";
import type { SipUri } from "../sip/uri.ts";
import type { Party } from "./fork.ts";

/**
 * A Record-Route of ours, whose user part is a sealed token that names one side of the dialog. In-dialog requests
 * bring it back as a Route and thereby say where they go: to the AoR's binding, wherever that is connected by then, so
 * that a dialog outlives its connections. Sealed together with the Call-ID, so that it serves no other dialog. The place is
 * where the side reaches us, by the transport that it speaks (RFC 5658 §4).
 */
export function recordRoute(keyring: Keyring, place: Place, callId: Octets, party: Party): Address {
  const token = keyring.seal("dialog", textOf(party), callId);
  return { display: undefined, uri: `sip:${token}@${formatPlace(place)};lr`, params: [] };
}

/** The party that a Route of ours names; undefined if the token is not one of ours for this dialog. */
export function partyIn(keyring: Keyring, route: SipUri, callId: Octets): Party | undefined {
  const text = keyring.open("dialog", route.user ?? "", callId);
  if (text === undefined) return undefined;
  const [aor = "", key = "", connection = ""] = text.split("\n");
  return {
    aor: aor === "" ? undefined : (aor as Aor),
    key: key === "" ? undefined : (key as BindingKey),
    connection: connection === "" ? undefined : (connection as ConnectionId),
  };
}

/** The connection goes in only for a side that is known by nothing better. */
function textOf({ aor, key, connection }: Party): string {
  return aor !== undefined && key !== undefined ? `${aor}\n${key}` : `\n\n${connection ?? ""}`;
}
