import type { MessageId } from "../location/ids.ts";
import { NOWHERE } from "../location/location.ts";
import { withMail } from "../location/mail.ts";
import type { StoredMessage } from "../mailbox/mailbox.ts";
import { messageToKeep } from "../mailbox/message-to-keep.ts";
import { isStorable } from "../mailbox/storable.ts";
import { stored, without } from "../mailbox/stored.ts";
import { endOfValidity } from "../mailbox/validity.ts";
import type { Party } from "../proxy/fork.ts";
import { requestDisposition } from "../proxy/request-disposition.ts";
import type { Aor } from "../sip/aor.ts";
import { format } from "../sip/format.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import { reply } from "../sip/reply.ts";
import { addressedMessage } from "./addressed-message.ts";
import { announceMail } from "./announce-mail.ts";
import type { App } from "./app.ts";
import { changeLocation, currently } from "./change-location.ts";
import { changeMailbox } from "./change-mailbox.ts";
import { deliver } from "./deliver.ts";
import { logName } from "./log-name.ts";
import { contentOf, forgetContent, keepContent } from "./message-content.ts";
import type { Callee } from "./targets.ts";
import { toTagOf } from "./to-tag.ts";

/**
 * Stores a MESSAGE for a user who is not there, answers 202 and wakes the user's phones (RFC 3428 §7). What it says is written
 * first, then the mailbox, then that there is mail into the location, where a REGISTER finds it; that swap also shows who
 * has come online meanwhile, and gets it at once. Refuses (480) what is not to be stored, and any other request.
 */
export async function storeMessage(
  app: App,
  request: SipRequest,
  caller: Party,
  callee: Callee,
): Promise<void> {
  const { isOn, keeping } = app.settings.mail;
  const now = app.clock();
  // Who does not want to be queued does not want to wait for a phone to wake (RFC 3841 §9.1).
  const isWanted = isOn && isStorable(request) && requestDisposition(request.headers).queue !== false;
  const until = isWanted ? endOfValidity(request.headers, now, keeping) : 0;
  if (until <= now) throw new Refusal(480);
  const { value = NOWHERE } = await app.locations.read(callee.aor);
  const message = addressedMessage(app, request, caller, callee, currently(app, value), until);
  const outcome = await put(app, callee.aor, message, request, now);
  const location = await changeLocation(app, callee.aor, (found) =>
    withMail(currently(app, found), message.id, until),
  );
  const accepted = format(reply(request, 202, { toTag: toTagOf(app, request) }));
  await deliver(app, caller, () => accepted);
  if (outcome === "known") return;
  app.log.info("stored a message", { user: logName(app, callee.aor), devices: message.awaiting.length });
  await announceMail(app, callee.aor, message, request, caller, location);
}

/**
 * Puts a MESSAGE into the mailbox, and what it says beside it. "known": it came before. Refuses one that is too long, or one
 * too many (480). The administrator may have removed the user meanwhile: nobody who gets the name later may find it (404).
 */
async function put(
  app: App,
  aor: Aor,
  message: StoredMessage,
  request: SipRequest,
  now: number,
): Promise<"stored" | "known"> {
  const { limit, maxOctets } = app.settings.mail;
  const { content, octets } = contentOf(messageToKeep(request, now));
  if (octets > maxOctets) throw new Refusal(480, "Too Long To Be Stored");
  let outcome: "stored" | "known" | "full" = "stored";
  let isWritten = false;
  await changeMailbox(app, aor, async (found) => {
    const next = stored(found, message, limit, now);
    outcome = typeof next === "string" ? next : "stored";
    if (typeof next === "string") return found;
    if (!isWritten) await keepContent(app, aor, message.id, content, message.until);
    isWritten = true;
    return next;
  });
  return settled(app, aor, message.id, outcome, isWritten);
}

async function settled(
  app: App,
  aor: Aor,
  id: MessageId,
  outcome: "stored" | "known" | "full",
  isWritten: boolean,
): Promise<"stored" | "known"> {
  if (outcome === "full") {
    if (isWritten) await forgetContent(app, aor, id);
    throw new Refusal(480, "Too Many Messages Stored");
  }
  const { value: subscriber } = await app.subscribers.read(aor);
  if (subscriber !== undefined) return outcome;
  await changeMailbox(app, aor, (found) => without(found, id));
  throw new Refusal(404);
}
