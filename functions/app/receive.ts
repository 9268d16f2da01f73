import type { Proof } from "../auth/proof.ts";
import { logFault } from "../fault.ts";
import type { ConnectionId } from "../location/ids.ts";
import { preferredIdentity, withoutClaims } from "../proxy/asserted-identity.ts";
import { looseRouted } from "../proxy/strict-route.ts";
import { isWithinDialog } from "../proxy/within-dialog.ts";
import { isRegEvent } from "../registrar/subscription.ts";
import { checkRequest } from "../sip/check-request.ts";
import { RetryAfter, Via } from "../sip/fields.ts";
import { format } from "../sip/format.ts";
import { headerLine } from "../sip/headers.ts";
import type { SipMessage, SipRequest, SipResponse } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { MAX_MESSAGE_OCTETS, parse } from "../sip/parse.ts";
import { reasonPhrase } from "../sip/reason-phrase.ts";
import { type Source, withReceived } from "../sip/received.ts";
import { Refusal } from "../sip/refusal.ts";
import { reply } from "../sip/reply.ts";
import { SipSyntaxError } from "../sip/syntax-error.ts";
import { withLength } from "../sip/with-length.ts";
import { type App, isOurHost } from "./app.ts";
import { cancel } from "./cancel.ts";
import { forkRequest } from "./fork-request.ts";
import type { Hints } from "./identify.ts";
import { answerOptions, isForUs } from "./options.ts";
import { register, type Times } from "./register.ts";
import { relayInDialog } from "./relay.ts";
import { respond } from "./respond.ts";
import { isToWatch, subscribe } from "./subscribe.ts";
import { toTagOf } from "./to-tag.ts";

/** Of other methods there may be any number, and each counter costs memory. */
const COUNTED_METHODS: ReadonlySet<string> = new Set([
  "ACK",
  "BYE",
  "CANCEL",
  "INFO",
  "INVITE",
  "MESSAGE",
  "NOTIFY",
  "OPTIONS",
  "PRACK",
  "PUBLISH",
  "REFER",
  "REGISTER",
  "SUBSCRIBE",
  "UPDATE",
]);

/** What ends something, and relieves everybody: never turned away. */
const ENDING: ReadonlySet<string> = new Set(["ACK", "BYE", "CANCEL"]);

/**
 * Octets of a request. What we add on its way, Via and Record-Routes and who calls, must fit into a message beside it: what an edge does
 * not carry (`parse.ts`) could otherwise be taken and not be handed on.
 */
const MAX_REQUEST_OCTETS = MAX_MESSAGE_OCTETS - 8_192;

/** Tells whoever sends too much to wait, in s. */
const LATER = headerLine(RetryAfter, "5");

/** What the edge says of a message. */
interface Reception {
  /** When its connection came up, in ms since 1970, if that is known. */
  readonly connectedAt?: number | undefined;
  /** When the edge received the message, in ms since 1970, if that is known. */
  readonly receivedAt?: number | undefined;
  /** Where its client is, if that is known to the port. */
  readonly source?: Source | undefined;
  /** Its address, if that is known. */
  readonly address?: string | undefined;
  /** Who was let in over its connection, if anybody was. */
  readonly authorized?: Proof | undefined;
  /** Its client sends too much: what begins something is answered 503, without a look at the records. */
  readonly isTooMuch?: boolean | undefined;
  /** What a request is refused with, whatever it says: not all of it has come. */
  readonly refusal?: Refusal | undefined;
}

/**
 * One message that came over a connection. Never rejects: what goes wrong is answered here, or dropped and logged, and the
 * connection lives on.
 */
export async function receive(
  app: App,
  from: ConnectionId,
  text: Octets,
  { connectedAt, receivedAt, source, address, authorized, isTooMuch = false, refusal }: Reception = {},
): Promise<void> {
  let message: SipMessage | undefined;
  try {
    const parsed = parse(text);
    message = withLength(withoutClaims(parsed));
    if (source !== undefined && message.kind === "request") message = withReceived(message, source);
    if (message.kind === "request") app.meter.count("requests", { method: methodLabel(message) });
    if (refusal !== undefined) throw refusal;
    if (isTooMuch && message.kind === "request" && !ENDING.has(message.method))
      throw new Refusal(503, "Too Many Requests", [LATER]);
    if (message.kind === "request" && text.length > MAX_REQUEST_OCTETS) throw new Refusal(513);
    await (message.kind === "response"
      ? respond(app, from, message)
      : begin(
          app,
          from,
          message,
          { connectedAt, receivedAt },
          {
            authorized,
            preferred: preferredIdentity(parsed),
            address,
            received: parsed,
          },
        ));
  } catch (error) {
    // What could be read of a broken request is enough to refuse it.
    const read = message ?? (error instanceof SipSyntaxError ? error.salvaged : undefined);
    const why = refusal ?? error;
    logTrouble(app, from, read, why);
    if (read?.kind === "request") await refuse(app, from, read, why);
  }
}

/** The story that a request begins. Throws, or rejects with, a `Refusal` or a `SipSyntaxError`. */
function begin(
  app: App,
  from: ConnectionId,
  received: SipRequest,
  times: Times,
  hints: Hints,
): Promise<void> {
  checkRequest(received, app.settings.trunks !== undefined);
  const request = looseRouted(app.keyring, received, (host) => isOurHost(app, host));
  const { authorized } = hints;
  switch (request.method) {
    case "REGISTER":
      return register(app, from, request, times, hints);
    case "CANCEL":
      return cancel(app, from, request, authorized);
    case "ACK":
      // An ACK of a failure has no Route of ours and ends here, refused and unanswered: the fork needs it no more.
      return relayInDialog(app, from, request);
    case "OPTIONS":
      if (!isWithinDialog(request) && isForUs(app, request)) return answerOptions(app, from, request);
      break;
    case "SUBSCRIBE":
      if (isWithinDialog(request) ? isToWatch(app, request) : isRegEvent(request))
        return subscribe(app, from, request, { authorized, address: hints.address });
      break;
  }
  return isWithinDialog(request) ? relayInDialog(app, from, request) : forkRequest(app, from, request, hints);
}

/**
 * Answers what could not be done: the only place where a refusal, or a bug, becomes a response. An ACK has none, nor has
 * a request without a Via.
 */
async function refuse(app: App, from: ConnectionId, request: SipRequest, error: unknown): Promise<void> {
  if (request.method === "ACK" || !request.headers.has(Via)) return;
  try {
    await app.edge.send(from, format(refusalOf(app, request, error)));
  } catch (fault) {
    logTrouble(app, from, request, fault);
  }
}

function refusalOf(app: App, request: SipRequest, error: unknown): SipResponse {
  const toTag = tagFor(app, request);
  if (error instanceof Refusal) {
    return reply(request, error.status, { reason: error.reason, toTag, headers: error.headers });
  }
  if (!(error instanceof SipSyntaxError)) return reply(request, 500, { toTag });
  const { status } = error;
  // RFC 3261 §21.4.1: the reason phrase says what is wrong.
  return reply(request, status, { reason: `${reasonPhrase(status)} (${error.message})`, toTag });
}

/** Also for a request whose Via or Call-ID cannot be read. */
function tagFor(app: App, request: SipRequest): string {
  try {
    return toTagOf(app, request);
  } catch (error) {
    if (error instanceof SipSyntaxError) return app.keyring.mac("to-tag", request.uri);
    throw error;
  }
}

function logTrouble(app: App, from: ConnectionId, message: SipMessage | undefined, error: unknown): void {
  const what = message === undefined ? "frame" : message.kind === "request" ? message.method : message.status;
  if (error instanceof Refusal) {
    app.log.debug("refused", { connection: from, what, status: error.status });
    if (message?.kind === "request")
      app.meter.count("refusals", { method: methodLabel(message), status: String(error.status) });
  } else if (error instanceof SipSyntaxError) {
    app.log.info("malformed", { connection: from, what, reason: error.message });
  } else {
    logFault(app.log, what, error, { connection: from });
  }
}

function methodLabel({ method }: SipRequest): string {
  return COUNTED_METHODS.has(method) ? method : "other";
}
