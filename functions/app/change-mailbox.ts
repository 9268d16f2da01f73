import { EMPTY_MAILBOX, endOfMailbox, type Mailbox } from "../mailbox/mailbox.ts";
import type { Aor } from "../sip/aor.ts";
import type { App } from "./app.ts";
import { forgetContent } from "./message-content.ts";

/** A swap that is stale this often in a row means something is wrong, not busy. */
const ATTEMPTS = 64;

/**
 * Changes what is stored for an AoR: reads, decides, writes if nobody wrote in between, and else decides again; then forgets
 * what the MESSAGEs said that are no more. A decision that answers the mailbox it was given writes nothing. Answers the
 * mailbox as it then is.
 */
export async function changeMailbox(
  app: App,
  aor: Aor,
  decide: (found: Mailbox) => Mailbox | Promise<Mailbox>,
): Promise<Mailbox> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { value, version } = await app.mailboxes.read(aor);
    const found = value ?? EMPTY_MAILBOX;
    const next = await decide(found);
    if (next === found) return found;
    const end = endOfMailbox(next);
    const outcome = await app.mailboxes.swap(aor, version, end === 0 ? undefined : next, end);
    if (outcome === "stale") continue;
    for (const { id } of found.messages) {
      if (!next.messages.some((message) => message.id === id)) await forgetContent(app, aor, id);
    }
    return next;
  }
  throw new Error("a mailbox record stayed stale");
}
