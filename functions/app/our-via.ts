import type { ConnectionId } from "../location/ids.ts";
import { transportOf } from "../location/transport.ts";
import { loopMark, withLoopMark } from "../proxy/loop-mark.ts";
import type { SipRequest } from "../sip/message.ts";
import { hostIn } from "../sip/place.ts";
import type { Via } from "../sip/via.ts";
import { type App, isOurHost } from "./app.ts";
import { ourPlace } from "./our-place.ts";

/**
 * Our hop on what goes out over this connection, with the branch that brings responses back to where they belong. On a stream it
 * names where its client reaches us, port and all: Linphone looks by it for the connection to answer over, and makes another
 * one if it finds none (RFC 3261 §18.2.2 has it be the one that the request came over).
 */
export function ourVia(app: App, over: ConnectionId, branch: string): Via {
  const transport = transportOf(over) ?? app.settings.transport;
  return { transport, sentBy: ourPlace(app, over).host, params: [["branch", branch]] };
}

/** Whether a Via is ours, by its sent-by. Of any port: another edge's may be another. */
export function isOurVia(app: App, { sentBy }: Via): boolean {
  return isOurHost(app, hostIn(sentBy));
}

/** Our hop on a request that begins something: should it come back to us as it is, that is a loop (RFC 5393 §4.2.1). */
export function ourMarkedVia(app: App, over: ConnectionId, branch: string, request: SipRequest): Via {
  return ourVia(app, over, withLoopMark(branch, loopMark(app.keyring, request)));
}
