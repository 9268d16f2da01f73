import { equal, ok } from "node:assert/strict";
import { digestCredentials, judge } from "../../functions/auth/authenticate.ts";
import { ha1s } from "../../functions/auth/digest.ts";
import { keyring } from "../../functions/keyring/keyring.ts";
import { isStorable } from "../../functions/mailbox/storable.ts";
import { endOfValidity } from "../../functions/mailbox/validity.ts";
import { callerPreferences } from "../../functions/proxy/caller-preferences.ts";
import { keepRequest, keptRequest } from "../../functions/proxy/kept-request.ts";
import { requestDisposition } from "../../functions/proxy/request-disposition.ts";
import { popRoutes } from "../../functions/proxy/routes.ts";
import { readRegistration } from "../../functions/registrar/registration.ts";
import { readSubscription } from "../../functions/registrar/subscription.ts";
import { checkRequest } from "../../functions/sip/check-request.ts";
import type { ReadableField } from "../../functions/sip/field.ts";
import * as fields from "../../functions/sip/fields.ts";
import { format } from "../../functions/sip/format.ts";
import type { SipMessage, SipRequest } from "../../functions/sip/message.ts";
import { parse } from "../../functions/sip/parse.ts";
import { reply } from "../../functions/sip/reply.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";
import { callIdIn } from "../../infra/edge/call-id.ts";
import { FRAMES } from "./frames.ts";
import { placesInMessages } from "./places.ts";
import { unlessMalformed, unlessRefused, unlessTooLong } from "./refused.ts";
import { same } from "./same.ts";
import type { Target } from "./target.ts";

// What reads whole messages.

const KEYS = keyring([{ id: "1", key: new Uint8Array(32) }]);
const NOW = Date.UTC(2026, 10, 23, 9);
const DAY = 86_400_000;
const FIELDS: readonly ReadableField<unknown>[] = Object.values(fields);

/** The message, or what could be read of one. */
function readable(text: string): SipMessage | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof SipSyntaxError)) throw error;
    ok(error.at >= 0 && error.at <= text.length, "a place beyond the text");
    return error.salvaged;
  }
}

/** A target of requests that are as every request must be (RFC 3261 §8.1.1). */
function ofRequests(name: string, run: (request: SipRequest, text: string) => void): Target {
  return {
    name,
    seeds: FRAMES,
    places: placesInMessages,
    run: (text) => {
      const message = unlessMalformed(() => parse(text));
      if (message?.kind !== "request") return;
      if (unlessRefused(() => checkRequest(message) ?? true)) run(message, text);
    },
  };
}

export const MESSAGE_TARGETS: readonly Target[] = [
  {
    name: "parse and format",
    seeds: FRAMES,
    places: placesInMessages,
    run: (text) => {
      const message = unlessMalformed(() => parse(text));
      if (message === undefined) return;
      const again = parse(format(message));
      same(again, message);
      equal(format(again), format(message));
    },
  },
  {
    name: "every field of a message, and the answer to it",
    seeds: FRAMES,
    places: placesInMessages,
    run: (text) => {
      const message = readable(text);
      if (message === undefined) return;
      for (const field of FIELDS) unlessMalformed(() => message.headers.all(field));
      if (message.kind === "response") return;
      unlessRefused(() => checkRequest(message));
      const answer = unlessTooLong(format(reply(message, 400, { toTag: "t" })));
      if (answer !== undefined) same(answer.headers.pick(fields.Via), message.headers.pick(fields.Via));
    },
  },
  ofRequests("a request that is kept", (request) => {
    const kept = keptRequest(JSON.parse(JSON.stringify(keepRequest(request))));
    same([kept.method, kept.uri, kept.body], [request.method, request.uri, request.body]);
    same(kept.headers.without(fields.ContentLength), request.headers.without(fields.ContentLength));
    equal(format(parse(format(kept))), format(kept));
  }),
  ofRequests("a REGISTER", (request) => {
    const asked = unlessRefused(() => readRegistration(request));
    if (asked === undefined || asked.contacts === "*") return;
    for (const { key, uriText, params } of asked.contacts)
      ok(!/[\r\n\0]/.test(key + uriText + params), "a line's end");
  }),
  ofRequests("a SUBSCRIBE", (request) => {
    const asked = unlessRefused(() => readSubscription(request));
    if (asked !== undefined)
      ok(asked.seconds >= 0 && asked.seconds <= 3_600, "a time beyond what is granted");
  }),
  ofRequests("digest credentials", (request) => {
    for (const asker of ["registrar", "proxy"] as const) {
      const given = unlessMalformed(() => digestCredentials(request, asker, "localhost"));
      const known = ha1s("alice", "localhost", "sipwake");
      if (given !== undefined)
        equal(judge(given, known, KEYS, { realm: "localhost", connection: "c" }, NOW), "wrong");
    }
  }),
  ofRequests("what a caller wants, and until when", (request) => {
    unlessRefused(() => callerPreferences(request));
    unlessMalformed(() => requestDisposition(request.headers));
    isStorable(request);
    const end = unlessMalformed(() => endOfValidity(request.headers, NOW, DAY));
    if (end !== undefined) ok(Number.isFinite(end) && end <= NOW + DAY, "an end that is none");
  }),
  ofRequests("Routes of ours", (request) => {
    const popped = unlessMalformed(() => popRoutes(request, (host) => host === "localhost"));
    if (popped === undefined) return;
    const [before, after] = [request, popped.request].map(({ headers }) => headers.all(fields.Route));
    same(after, before?.slice(before.length - (after?.length ?? 0)));
  }),
  ofRequests("the edge's look at the Call-ID", ({ headers }, text) => {
    // It does not see folded lines.
    const [line] = headers.pick(fields.CallId).lines;
    if (line === undefined || !text.includes(line.text)) return;
    equal(callIdIn(text), headers.first(fields.CallId));
  }),
];
