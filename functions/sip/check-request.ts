import type { ReadableField } from "./field.ts";
import { CallId, CSeq, From, MaxForwards, To, Via } from "./fields.ts";
import type { SipRequest } from "./message.ts";
import { Refusal } from "./refusal.ts";
import { SipSyntaxError } from "./syntax-error.ts";
import { isSipUri, parseUri } from "./uri.ts";

/**
 * Header lines that a request may have when its client sends it, and when other proxies have handed it on. Each of us adds a Via, two
 * Record-Routes, an identity and two numbers at most; after three such it can be read still (`MAX_HEADER_LINES`), and by us when we have kept it.
 */
export const MAX_CLIENT_LINES = 104;
const MAX_FORWARDED_LINES = 120;

const EXACTLY_ONE: readonly ReadableField<unknown>[] = [From, To, CallId, CSeq];

/**
 * Refuses a request without what every request must have, or with two of what there must be one of
 * (RFC 3261 §8.1.1, §16.3 step 1), before it is asked who sends it. A missing Max-Forwards is let pass (§16.3 step 3).
 * Throws `SipSyntaxError`, and a `Refusal` (416) of a Request-URI that is neither sip nor sips, nor tel if those are taken (§16.3 step 2).
 */
export function checkRequest(request: SipRequest, takesTel = false): void {
  const { headers, method, uri } = request;
  const vias = headers.all(Via).length;
  if (vias === 0) throw new SipSyntaxError("Via", 0, "missing");
  const most = vias === 1 ? MAX_CLIENT_LINES : MAX_FORWARDED_LINES;
  if (headers.lines.length > most) throw new SipSyntaxError("message", 0, `more than ${most} header lines`);
  for (const field of EXACTLY_ONE) {
    const values = headers.all(field);
    if (values.length !== 1)
      throw new SipSyntaxError(field.name, 0, values.length === 0 ? "missing" : "more than one");
  }
  headers.first(MaxForwards);
  if (headers.first(CSeq)?.method !== method)
    throw new SipSyntaxError("CSeq", 0, `a method other than ${method}`);
  const parsed = parseUri(uri, "Request-URI");
  if (!isSipUri(parsed) && !(takesTel && parsed.scheme === "tel")) throw new Refusal(416);
}
