import type { MessageId } from "../location/ids.ts";
import type { Location } from "../location/location.ts";
import { deviceIdOf } from "../mailbox/device-id.ts";
import type { StoredMessage } from "../mailbox/mailbox.ts";
import { callerPreferences } from "../proxy/caller-preferences.ts";
import type { Party } from "../proxy/fork.ts";
import { forkIdOf } from "../proxy/fork-id.ts";
import { requestDisposition } from "../proxy/request-disposition.ts";
import { select } from "../proxy/selection.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import type { App } from "./app.ts";
import { bindingsMeant, type Callee } from "./targets.ts";

/**
 * Whom a MESSAGE is stored for: the devices that sleep, and whoever else comes first. Only the devices that are meant, if
 * it names one (which must be registered) or says what it wants of one; never the one that sends it.
 */
export function addressedMessage(
  app: App,
  request: SipRequest,
  caller: Party,
  callee: Callee,
  { bindings }: Location,
  until: number,
): StoredMessage {
  const preferences = callerPreferences(request);
  const onlyBest = requestDisposition(request.headers).fork === false;
  const sender = callee.aor === caller.aor ? caller.key : undefined;
  const { chosen } = select(bindingsMeant(callee, bindings), {
    sender,
    mayWake: true,
    preferences,
    onlyBest,
  });
  const awaiting = chosen.map(({ key }) => deviceIdOf(key));
  const isNarrow = callee.device !== undefined || preferences.kind === "explicit";
  if (isNarrow && awaiting.length === 0) throw new Refusal(480);
  return {
    // The name of the fork that it would have had: a repetition gets the same.
    id: forkIdOf(app.keyring, request) as string as MessageId,
    until,
    awaiting,
    isOpen: !isNarrow && !(onlyBest && awaiting.length > 0),
    had: sender === undefined ? [] : [deviceIdOf(sender)],
    isAccepted: false,
  };
}
