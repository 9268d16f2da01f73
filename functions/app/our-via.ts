import { loopMark, withLoopMark } from "../proxy/loop-mark.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Via } from "../sip/via.ts";
import type { App } from "./app.ts";

/** Our hop, with the branch that brings responses back to where they belong. */
export function ourVia({ settings }: App, branch: string): Via {
  return { transport: settings.transport, sentBy: settings.domains[0], params: [["branch", branch]] };
}

/** Our hop on a request that begins something: should it come back to us as it is, that is a loop (RFC 5393 §4.2.1). */
export function ourMarkedVia(app: App, branch: string, request: SipRequest): Via {
  return ourVia(app, withLoopMark(branch, loopMark(app.keyring, request)));
}
