import { deviceOf } from "../location/device.ts";
import type { ConnectionId } from "../location/ids.ts";
import type { DeviceId } from "../mailbox/device-id.ts";
import { wasInvited } from "../proxy/branch.ts";
import { isFlowOf } from "../proxy/branch-flows.ts";
import { challengesIn } from "../proxy/challenge.ts";
import type { Fork } from "../proxy/fork.ts";
import type { DeviceResponse } from "../proxy/fork-event.ts";
import { forwardedResponse } from "../proxy/forward.ts";
import { readBranch } from "../proxy/via-branch.ts";
import { withoutWatcher } from "../registrar/watch.ts";
import type { Aor } from "../sip/aor.ts";
import { CSeq, To, Via } from "../sip/fields.ts";
import { format } from "../sip/format.ts";
import type { SipResponse } from "../sip/message.ts";
import type { App } from "./app.ts";
import { changeLocation } from "./change-location.ts";
import { deliver } from "./deliver.ts";
import { onMailAnswered } from "./deliver-mail.ts";
import { isOurVia } from "./our-via.ts";
import { settle } from "./settle.ts";

/**
 * A response: our Via, on top, says whether a fork decides about it or whether it just goes on (RFC 3261 §16.7).
 * One that bears no Via of ours, or nothing beneath it, is nobody's and is dropped; so is one whose fork is not there (any
 * more) (RFC 6026 §7.3).
 */
export async function respond(app: App, from: ConnectionId, response: SipResponse): Promise<void> {
  const branch = isOurs(app, response) ? readBranch(app.keyring, response.headers) : undefined;
  if (branch?.to === "watcher") return onNotified(app, branch.aor, branch.id, response.status);
  if (branch?.to === "mailbox") {
    return onMailAnswered(app, { ...branch, device: branch.device as DeviceId }, response.status);
  }
  if (branch?.to === "fork" && response.headers.first(CSeq)?.method === "CANCEL") {
    // The answer to our CANCEL ends here, and is nothing to us unless it says that nothing rings there.
    if (response.status !== 481) return drop(app, from, response);
    await settle(app, branch.fork, { type: "forgotten", branch: branch.branch, connection: from });
    return;
  }
  const upstream = forwardedResponse(response);
  if (branch === undefined || !upstream.headers.has(Via)) return drop(app, from, response);
  const octets = format(upstream);
  if (branch.to === "sender") {
    // The sender may have another connection by now: a 200 to a re-INVITE that does not come costs it the call.
    await deliver(app, branch.sender, () => octets);
    return;
  }
  const to = response.headers.pick(To).lines[0]?.value ?? "";
  const event: DeviceResponse = {
    type: "response",
    branch: branch.branch,
    connection: from,
    status: response.status,
    reason: response.reason,
    upstream: octets,
    to,
    challenges: challengesIn(response.status, response.headers),
  };
  const fork = await settle(app, branch.fork, event);
  if (fork === undefined) return drop(app, from, response);
  if (await hasMoved(app, fork, event)) await settle(app, branch.fork, event);
}

/** Whether the topmost Via says that it is ours (§18.1.2). */
function isOurs(app: App, { headers }: SipResponse): boolean {
  const via = headers.first(Via);
  return via !== undefined && isOurVia(app, via);
}

function drop({ log }: App, from: ConnectionId, { status }: SipResponse): void {
  log.debug("dropped a response that is not ours", { connection: from, status });
}

/** A watcher that refuses a NOTIFY has forgotten its subscription, or never made it (RFC 6665 §4.2.2). */
async function onNotified(app: App, aor: Aor, id: string, status: number): Promise<void> {
  const mayRecover = status < 300 || status === 408 || (status >= 500 && status < 600);
  if (!mayRecover) await changeLocation(app, aor, (found) => withoutWatcher(found, id));
}

/**
 * Whether the response came over another connection than the one its branch went to, because the device has meanwhile
 * registered there (Wi-Fi to LTE while it rings). The branch then follows it. A stranger's response stays ignored.
 */
async function hasMoved(app: App, fork: Fork, event: DeviceResponse): Promise<boolean> {
  const branch = fork.branches[event.branch];
  if (branch === undefined || !wasInvited(branch) || isFlowOf(branch, event.connection)) return false;
  const { key, uri, path } = branch;
  const { value: connection } = await app.connections.read(event.connection);
  if (
    !connection?.registered.some(
      (entry) => entry.aor === fork.callee && deviceOf(entry.key) === deviceOf(key),
    )
  )
    return false;
  const moved = { key, connection: event.connection, uri, path };
  await settle(app, fork.id, { type: "registered", of: key, ...moved, connectedAt: undefined });
  return true;
}
