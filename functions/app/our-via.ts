import type { ConnectionId } from "../location/ids.ts";
import { transportOf } from "../location/transport.ts";
import { loopMark, withLoopMark } from "../proxy/loop-mark.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Via } from "../sip/via.ts";
import type { App } from "./app.ts";

/** Our hop on what goes out over this connection, with the branch that brings responses back to where they belong. */
export function ourVia({ settings }: App, over: ConnectionId, branch: string): Via {
  const transport = transportOf(over) ?? settings.transport;
  return { transport, sentBy: settings.domains[0], params: [["branch", branch]] };
}

/** Our hop on a request that begins something: should it come back to us as it is, that is a loop (RFC 5393 §4.2.1). */
export function ourMarkedVia(app: App, over: ConnectionId, branch: string, request: SipRequest): Via {
  return ourVia(app, over, withLoopMark(branch, loopMark(app.keyring, request)));
}
