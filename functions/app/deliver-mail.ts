import type { ConnectionId, MessageId } from "../location/ids.ts";
import { type Binding, isBetter, type Mail, NOWHERE } from "../location/location.ts";
import { withoutMail } from "../location/mail.ts";
import { publicUri } from "../location/private-params.ts";
import { answered, isAnswerDue, sending, unsent } from "../mailbox/delivery.ts";
import { type DeviceId, deviceIdOf } from "../mailbox/device-id.ts";
import { tidied } from "../mailbox/mailbox.ts";
import { without } from "../mailbox/stored.ts";
import { forwardedRequest } from "../proxy/forward.ts";
import { breadthsOf } from "../proxy/max-breadth.ts";
import { mailBranch } from "../proxy/via-branch.ts";
import type { Aor } from "../sip/aor.ts";
import { CallId } from "../sip/fields.ts";
import { format } from "../sip/format.ts";
import type { App } from "./app.ts";
import { changeLocation, currently } from "./change-location.ts";
import { changeMailbox } from "./change-mailbox.ts";
import { disconnect } from "./disconnect.ts";
import { keptContent } from "./message-content.ts";
import { ourMarkedVia } from "./our-via.ts";

// Stored MESSAGEs on their way to a device: one at a time, in order (RFC 3428 §8), each once.

/** A device has registered over this connection: what is stored for it goes out. `bindings` and `mail` are as its REGISTER left them. */
export async function collectMail(
  app: App,
  aor: Aor,
  connection: ConnectionId,
  bindings: readonly Binding[],
  mail: Mail,
): Promise<void> {
  const here = bindings.filter((binding) => binding.connection === connection);
  for (const device of new Set(here.map(({ key }) => deviceIdOf(key)))) await deliverNext(app, aor, device);
  const { value: box } = await app.mailboxes.read(aor);
  if (box !== undefined && tidied(box, app.clock()).messages.length > 0) return;
  await changeLocation(app, aor, (found) => withoutMail(found, mail));
}

/**
 * Sends a device the next MESSAGE that is stored for it, if it has none to answer yet. It is noted in the mailbox before it
 * is sent; if the device turns out to be gone, it has not had it.
 */
export async function deliverNext(app: App, aor: Aor, device: DeviceId): Promise<void> {
  for (;;) {
    const [flow, ...others] = await flowsTo(app, aor, device);
    if (flow === undefined) return;
    const connections = [flow, ...others].map(({ connection }) => connection);
    const id = await noteNext(app, aor, device, connections as [ConnectionId, ...ConnectionId[]]);
    if (id === undefined) return;
    const message = await keptContent(app, aor, id);
    if (message === undefined) {
      await changeMailbox(app, aor, (found) => without(found, id));
      continue;
    }
    const branch = mailBranch(app.keyring, aor, id, device, message.headers.first(CallId) ?? "");
    const via = ourMarkedVia(app, flow.connection, branch, message);
    const { each: breadth } = breadthsOf(message, 1);
    const hop = { uri: publicUri(flow.uri), path: flow.path, via, recordRoutes: [], breadth };
    const outcome = await app.edge.send(flow.connection, format(forwardedRequest(message, hop)));
    app.log.info("delivered a stored message", { connection: flow.connection, outcome });
    if (outcome === "sent") return;
    await changeMailbox(app, aor, (found) => unsent(found, id, device));
    await disconnect(app, flow.connection, aor);
  }
}

/**
 * A device has answered a stored MESSAGE: the next goes out. 430 says that it has not reached the device
 * (RFC 5626 §5.3.1), which gets it again when it registers.
 */
export async function onMailAnswered(
  app: App,
  { aor, id, device }: { readonly aor: Aor; readonly id: MessageId; readonly device: DeviceId },
  status: number,
): Promise<void> {
  if (status < 200) return;
  let isNextDue = false;
  await changeMailbox(app, aor, (found) => {
    isNextDue = status !== 430 && isAnswerDue(found, id, device);
    return status === 430 ? unsent(found, id, device) : answered(found, id, device, status, app.clock());
  });
  if (isNextDue) await deliverNext(app, aor, device);
}

/** Notes that the next MESSAGE goes to the device, before it does; undefined if none does now. */
async function noteNext(
  app: App,
  aor: Aor,
  device: DeviceId,
  connections: readonly [ConnectionId, ...ConnectionId[]],
): Promise<MessageId | undefined> {
  let next: MessageId | undefined;
  await changeMailbox(app, aor, (found) => {
    const result = sending(found, device, connections, app.clock());
    next = result?.[1];
    return result?.[0] ?? found;
  });
  return next;
}

/** A binding that is online. */
type Flow = Binding & { readonly connection: ConnectionId };

/** The device's flows that are online, the one to use first (RFC 5626 §7). */
async function flowsTo(app: App, aor: Aor, device: DeviceId): Promise<readonly Flow[]> {
  const { value = NOWHERE } = await app.locations.read(aor);
  return currently(app, value)
    .bindings.filter((binding): binding is Flow => binding.connection !== undefined)
    .filter(({ key }) => deviceIdOf(key) === device)
    .toSorted((one, other) => (isBetter(one, other) ? -1 : 1));
}
