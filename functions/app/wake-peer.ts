import type { Party } from "../proxy/fork.ts";
import { forkIdOf } from "../proxy/fork-id.ts";
import { happening } from "../proxy/happening.ts";
import { format } from "../sip/format.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import { reply } from "../sip/reply.ts";
import type { App } from "./app.ts";
import { cancelAhead } from "./cancel-ahead.ts";
import { deliver } from "./deliver.ts";
import { open } from "./open.ts";
import { settle } from "./settle.ts";
import { toTagOf } from "./to-tag.ts";

/**
 * A request within a dialog, our Routes popped, whose other side sleeps: it is kept as a fork with one branch, the side is
 * pushed, and gets the request when it has registered (RFC 8599 §6.2.3). Its sender hears the answer, or 480 in time.
 */
export async function wakePeer(
  app: App,
  request: SipRequest,
  sender: Party,
  { aor, key }: Party,
): Promise<void> {
  if (aor === undefined || key === undefined) throw new Refusal(480);
  switch (request.method) {
    case "ACK":
      // Nobody answers an ACK, so that nobody would know when to give it up. That of a 2xx comes again: who sent the 2xx
      // repeats it until it is acknowledged (RFC 3261 §13.3.1.4), and is awake then.
      return;
    case "CANCEL": {
      // Its re-INVITE is still to come, or has been kept just now.
      await cancelAhead(app, request, sender, aor);
      const ok = format(reply(request, 200, { toTag: toTagOf(app, request) }));
      await deliver(app, sender, () => ok);
      await settle(app, forkIdOf(app.keyring, request), { type: "cancelled" });
      return;
    }
    case "INVITE": {
      // RFC 3261 §17.2.1: this may take its time.
      const trying = format(reply(request, 100));
      await deliver(app, sender, () => trying);
    }
  }
  const contact = { key, uri: request.uri, path: "", connection: undefined };
  const target = { ...contact, mayWake: true, mustRing: false, hasOtherFlow: false, turn: 0 };
  const isInvite = request.method === "INVITE";
  const history = isInvite ? [happening(app.clock(), "called", undefined, "within its dialog")] : [];
  await open(app, request, sender, aor, [target], history);
}
