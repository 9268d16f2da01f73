import { publicContact } from "../location/private-params.ts";
import type { Address } from "../sip/address.ts";
import { Contact, MaxBreadth, MaxForwards, RecordRoute, Via } from "../sip/fields.ts";
import { type HeaderLine, Headers, headerLine } from "../sip/headers.ts";
import type { SipRequest, SipResponse } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import { requestUri } from "../sip/request-uri.ts";
import { type NextHop, pathLines } from "./next-hop.ts";

/** What differs from branch to branch when a request is forwarded. */
export interface Leg extends NextHop {
  /** Topmost first; none within a dialog. */
  readonly recordRoutes: readonly Address[];
  /** How many branches the request may become beyond us (RFC 5393 §5.3.3). */
  readonly breadth: number;
}

/** A request without Max-Forwards gets this one (RFC 3261 §16.6 step 3). */
const DEFAULT_MAX_FORWARDS = 70;

/** Refuses a request that has been forwarded too often (RFC 3261 §16.3 step 3). */
export function checkHops(request: SipRequest): void {
  if (request.headers.first(MaxForwards) === 0) throw new Refusal(483);
}

/**
 * The request as it goes to one device (RFC 3261 §16.6): our Via and Record-Routes on top, one hop less to go, its
 * share of the breadth, its private contact parameters gone; everything else as it came.
 */
export function forwardedRequest(
  request: SipRequest,
  { uri, path, via, recordRoutes, breadth }: Leg,
): SipRequest {
  const hops = (request.headers.first(MaxForwards) ?? DEFAULT_MAX_FORWARDS) - 1;
  const lines: HeaderLine[] = [headerLine(Via, via)];
  for (const route of recordRoutes) lines.push(headerLine(RecordRoute, route));
  lines.push(...pathLines(path), headerLine(MaxForwards, hops), headerLine(MaxBreadth, breadth));
  for (const line of request.headers.lines) {
    switch (line.key) {
      case MaxForwards.key:
      case MaxBreadth.key:
        break;
      case Contact.key:
        lines.push(publicContact(line));
        break;
      default:
        lines.push(line);
    }
  }
  const { method, body } = request;
  return { kind: "request", method, uri: requestUri(uri), headers: new Headers(lines), body };
}

/** The response as it goes on towards the caller (RFC 3261 §16.7 steps 3 and 9): our Via popped, nothing private. */
export function forwardedResponse(response: SipResponse): SipResponse {
  const popped = response.headers.withoutFirst(Via);
  const headers = new Headers(
    popped.lines.map((line) => (line.key === Contact.key ? publicContact(line) : line)),
  );
  return { kind: "response", status: response.status, reason: response.reason, headers, body: response.body };
}
