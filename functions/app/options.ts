import type { ConnectionId } from "../location/ids.ts";
import { checkExtensions, UNDERSTOOD } from "../registrar/extensions.ts";
import { textField } from "../sip/field.ts";
import { Accept, AllowEvents, MaxForwards } from "../sip/fields.ts";
import { format } from "../sip/format.ts";
import { headerLine } from "../sip/headers.ts";
import type { SipRequest } from "../sip/message.ts";
import { reply } from "../sip/reply.ts";
import { isSipUri, parseUri } from "../sip/uri.ts";
import { type App, isOurHost } from "./app.ts";
import { toTagOf } from "./to-tag.ts";

/** No Allow: a proxy carries any method (RFC 3261 §11.2). Nor does it look into bodies, so that all are welcome. */
const CAPABILITIES = [
  headerLine(Accept, "*/*"),
  headerLine(textField("Accept-Encoding"), "identity"),
  headerLine(textField("Accept-Language"), "en"),
  headerLine(textField("Supported"), [...UNDERSTOOD].join(", ")),
  headerLine(AllowEvents, "reg"),
];

/**
 * Whether an OPTIONS ends here: one that names us and nobody here (RFC 3261 §11.2), and one that has no hop
 * left (§16.3 step 3). Throws `SipSyntaxError`.
 */
export function isForUs(app: App, { uri: text, headers }: SipRequest): boolean {
  if (headers.first(MaxForwards) === 0) return true;
  const uri = parseUri(text, "Request-URI");
  return isSipUri(uri) && uri.user === undefined && isOurHost(app, uri.host.toLowerCase());
}

/**
 * 200 with what we are capable of, to anybody and at no cost: clients ask for it to hear that we are there. Throws a
 * `Refusal` (420) of what we do not understand.
 */
export async function answerOptions(app: App, from: ConnectionId, request: SipRequest): Promise<void> {
  checkExtensions(request);
  const answer = reply(request, 200, { toTag: toTagOf(app, request), headers: CAPABILITIES });
  await app.edge.send(from, format(answer));
}
