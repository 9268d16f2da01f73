import { EMPTY_MAILBOX } from "../mailbox/mailbox.ts";
import type { Aor } from "../sip/aor.ts";
import type { App } from "./app.ts";
import { changeLocation } from "./change-location.ts";
import { changeMailbox } from "./change-mailbox.ts";

/**
 * Forgets all that is stored for an AoR whose user is no more. Who is storing something just now looks for the user once
 * more when that is done. Doing this twice does nothing.
 */
export async function emptyMailbox(app: App, aor: Aor): Promise<void> {
  await changeMailbox(app, aor, () => EMPTY_MAILBOX);
  await changeLocation(app, aor, (found) =>
    found.mail === undefined ? found : { ...found, mail: undefined },
  );
}
