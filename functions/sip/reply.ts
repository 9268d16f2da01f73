import { CallId, ContentLength, CSeq, From, Timestamp, To, Via } from "./fields.ts";
import { type HeaderLine, Headers, headerLine } from "./headers.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import type { Octets } from "./octets.ts";
import { paramOf } from "./params.ts";
import { reasonPhrase } from "./reason-phrase.ts";
import { SipSyntaxError } from "./syntax-error.ts";

/** What a response of our own says. */
export interface ReplyOptions {
  readonly reason?: string;
  /** Joins the To if that has no tag; a 100 needs none (RFC 3261 §8.2.6.2). */
  readonly toTag?: Octets;
  readonly headers?: readonly HeaderLine[];
}

const EMPTY_BODY = headerLine(ContentLength, 0);

/**
 * A response of ours to the request: Via, From, To, Call-ID and CSeq as the request has them (§8.2.6.2), and nothing
 * else of it. A line that is there but cannot be read is copied as it stands; one that is missing stays missing.
 */
export function reply(request: SipRequest, status: number, options: ReplyOptions = {}): SipResponse {
  const { reason = reasonPhrase(status), toTag, headers = [] } = options;
  const lines: HeaderLine[] = [];
  for (const line of request.headers.lines) {
    if (line.key === To.key && toTag !== undefined) lines.push(tagged(line, toTag));
    else if (COPIED.has(line.key) || (status === 100 && line.key === Timestamp.key)) lines.push(line);
  }
  lines.push(...headers, EMPTY_BODY);
  return { kind: "response", status, reason, headers: new Headers(lines), body: "" };
}

const COPIED: ReadonlySet<string> = new Set([Via, From, To, CallId, CSeq].map((field) => field.key));

function tagged(line: HeaderLine, tag: Octets): HeaderLine {
  try {
    const to = line.read(To)[0];
    if (to === undefined || paramOf(to.params, "tag") !== undefined) return line;
    return headerLine(To, { ...to, params: [...to.params, ["tag", tag]] });
  } catch (error) {
    if (error instanceof SipSyntaxError) return line;
    throw error;
  }
}
