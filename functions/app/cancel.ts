import type { Proof } from "../auth/proof.ts";
import type { ConnectionId } from "../location/ids.ts";
import type { Fork } from "../proxy/fork.ts";
import { forkIdOf } from "../proxy/fork-id.ts";
import { popRoutes } from "../proxy/routes.ts";
import { format } from "../sip/format.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import { reply } from "../sip/reply.ts";
import { type App, isOurHost } from "./app.ts";
import { cancelAhead } from "./cancel-ahead.ts";
import { claimedBy } from "./identify.ts";
import { keyOf, known } from "./known.ts";
import { logged } from "./logged.ts";
import { relayInDialog } from "./relay.ts";
import { settle } from "./settle.ts";
import { calleeOf } from "./targets.ts";
import { toTagOf } from "./to-tag.ts";

/** A CANCEL (RFC 3261 §16.10): 200 at once, then the fork ends what it began. Only its caller may. */
export async function cancel(
  app: App,
  from: ConnectionId,
  request: SipRequest,
  authorized?: Proof,
): Promise<void> {
  const { last } = popRoutes(request, (host) => isOurHost(app, host));
  const id = forkIdOf(app.keyring, request);
  const { value: fork } = await app.forks.read(id);
  // That of a re-INVITE which was handed on without a fork goes the way that went (§9.1 copies its Routes).
  if (fork === undefined && last !== undefined) return relayInDialog(app, from, request);
  if (fork === undefined) await ahead(app, from, request, authorized);
  else if (!(await isCaller(app, from, fork, authorized))) throw new Refusal(481);
  await app.edge.send(from, format(reply(request, 200, { toTag: toTagOf(app, request) })));
  await logged(app, "CANCEL", () => settle(app, id, { type: "cancelled" }));
}

async function isCaller(
  app: App,
  from: ConnectionId,
  { caller }: Fork,
  authorized: Proof | undefined,
): Promise<boolean> {
  if (caller.connection === from) return true;
  if (caller.aor === undefined) return false;
  const { value: connection } = await app.connections.read(from);
  return known(connection, caller.aor, authorized, app.clock()) !== undefined;
}

/** Its INVITE is still to come. Only for a caller whom we know: strangers leave nothing behind. */
async function ahead(
  app: App,
  from: ConnectionId,
  request: SipRequest,
  authorized: Proof | undefined,
): Promise<void> {
  const { value: connection } = await app.connections.read(from);
  const claimed = claimedBy(app, request, connection, { authorized });
  if (claimed === undefined || known(connection, claimed, authorized, app.clock()) === undefined)
    throw new Refusal(481);
  const caller = { aor: claimed, key: keyOf(connection, claimed), connection: from };
  await cancelAhead(app, request, caller, calleeOf(app, request).aor);
}
