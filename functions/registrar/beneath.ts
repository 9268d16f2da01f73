import type { ConnectionId } from "../location/ids.ts";
import type { Beneath, Binding } from "../location/location.ts";
import type { Octets } from "../sip/octets.ts";

/** What a REGISTER takes the place of that came over another connection, which is still there, and from another run of the app. */
export function beneathOf(
  existing: Binding | undefined,
  callId: Octets,
  connection: ConnectionId,
): Beneath | undefined {
  if (existing === undefined) return undefined;
  if (existing.callId === callId) {
    return existing.beneath?.connection === connection ? undefined : existing.beneath;
  }
  if (existing.connection === undefined || existing.connection === connection) return undefined;
  const { uri, params, path, callId: former, cseq, since, refreshedAt, expiresAt } = existing;
  return {
    uri,
    params,
    path,
    callId: former,
    cseq,
    since,
    refreshedAt,
    expiresAt,
    connection: existing.connection,
  };
}
