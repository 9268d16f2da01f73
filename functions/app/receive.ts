import type { ConnectionId } from "../location/ids.ts";
import { checkRequest } from "../sip/check-request.ts";
import { To } from "../sip/fields.ts";
import { format } from "../sip/format.ts";
import type { SipMessage, SipRequest, SipResponse } from "../sip/message.ts";
import { paramOf } from "../sip/params.ts";
import { reasonPhrase } from "../sip/reason-phrase.ts";
import { Refusal } from "../sip/refusal.ts";
import { reply } from "../sip/reply.ts";
import { SipSyntaxError } from "../sip/syntax-error.ts";
import type { App } from "./app.ts";
import { cancel } from "./cancel.ts";
import { forkRequest } from "./fork-request.ts";
import { register } from "./register.ts";
import { relayInDialog } from "./relay.ts";
import { respond } from "./respond.ts";
import { toTagOf } from "./to-tag.ts";

/** One message that came over a connection. Never rejects: what goes wrong is answered here, or logged. */
export async function receive(app: App, from: ConnectionId, message: SipMessage): Promise<void> {
  try {
    if (message.kind === "response") await respond(app, from, message);
    else await receiveRequest(app, from, message);
  } catch (error) {
    if (message.kind === "request" && message.method !== "ACK") await refuse(app, from, message, error);
    else logFault(app, from, message, error);
  }
}

async function receiveRequest(app: App, from: ConnectionId, request: SipRequest): Promise<void> {
  checkRequest(request);
  switch (request.method) {
    case "REGISTER":
      return register(app, from, request);
    case "CANCEL":
      return cancel(app, from, request);
    case "ACK":
      // An ACK of a failure has no Route of ours and ends here, refused and unanswered: the fork needs it no more.
      return relayInDialog(app, from, request);
    default:
      return hasToTag(request) ? relayInDialog(app, from, request) : forkRequest(app, from, request);
  }
}

function hasToTag({ headers }: SipRequest): boolean {
  const to = headers.first(To);
  return to !== undefined && paramOf(to.params, "tag") !== undefined;
}

/** Answers what could not be done. The only place where a refusal, or a bug, becomes a response. */
export async function refuse(
  app: App,
  from: ConnectionId,
  request: SipRequest,
  error: unknown,
): Promise<void> {
  logFault(app, from, request, error);
  try {
    await app.edge.send(from, format(refusalOf(app, request, error)));
  } catch (fault) {
    logFault(app, from, request, fault);
  }
}

function refusalOf(app: App, request: SipRequest, error: unknown): SipResponse {
  const toTag = tagFor(app, request);
  if (error instanceof Refusal)
    return reply(request, error.status, { reason: error.reason, toTag, headers: error.headers });
  if (!(error instanceof SipSyntaxError)) return reply(request, 500, { toTag });
  const { status } = error;
  // §21.4.1: the reason phrase says what is wrong.
  return reply(request, status, { reason: `${reasonPhrase(status)} (${error.message})`, toTag });
}

/** Also for a request whose From or Call-ID cannot be read. */
function tagFor(app: App, request: SipRequest): string {
  try {
    return toTagOf(app, request);
  } catch (error) {
    if (error instanceof SipSyntaxError) return app.keyring.mac("to-tag", request.uri);
    throw error;
  }
}

function logFault(app: App, from: ConnectionId, message: SipMessage, error: unknown): void {
  const what = message.kind === "request" ? message.method : String(message.status);
  if (error instanceof Refusal) {
    app.log.debug("refused", { connection: from, what, status: error.status });
  } else if (error instanceof SipSyntaxError) {
    app.log.info("malformed", { connection: from, what, reason: error.message });
  } else {
    app.log.error("fault", {
      connection: from,
      what,
      error: error instanceof Error ? error.stack : String(error),
    });
  }
}
