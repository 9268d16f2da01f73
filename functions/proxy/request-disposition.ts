import { RequestDisposition as Directives } from "../sip/fields.ts";
import type { Headers } from "../sip/headers.ts";

/** How the caller would like its request to be handled (RFC 3841 §9.1); undefined where it does not say. */
export interface RequestDisposition {
  /** `proxy`; false is `redirect`. */
  readonly proxy: boolean | undefined;
  /** `cancel`; false is `no-cancel`: a 2xx leaves the other branches ringing. */
  readonly cancel: boolean | undefined;
  /** `fork`; false is `no-fork`: only to the best contact. */
  readonly fork: boolean | undefined;
  /** `recurse`; false is `no-recurse`: a 3xx goes to the caller. */
  readonly recurse: boolean | undefined;
  /** `parallel`; false is `sequential`. */
  readonly parallel: boolean | undefined;
  /** `queue`; false is `no-queue`: no waiting for a callee who cannot be reached just now. */
  readonly queue: boolean | undefined;
}

const SILENT: RequestDisposition = {
  proxy: undefined,
  cancel: undefined,
  fork: undefined,
  recurse: undefined,
  parallel: undefined,
  queue: undefined,
};

const MEANINGS: ReadonlyMap<string, readonly [type: keyof RequestDisposition, wanted: boolean]> = new Map([
  ["proxy", ["proxy", true]],
  ["redirect", ["proxy", false]],
  ["cancel", ["cancel", true]],
  ["no-cancel", ["cancel", false]],
  ["fork", ["fork", true]],
  ["no-fork", ["fork", false]],
  ["recurse", ["recurse", true]],
  ["no-recurse", ["recurse", false]],
  ["parallel", ["parallel", true]],
  ["sequential", ["parallel", false]],
  ["queue", ["queue", true]],
  ["no-queue", ["queue", false]],
]);

/**
 * The directives of the request's Request-Disposition. There may be one of each type (§9.1), and what to do with two is
 * not said: here the first counts, since proxies on the way may add theirs behind the caller's (§7). A directive that
 * we do not know is ignored. Throws `SipSyntaxError`.
 */
export function requestDisposition(headers: Headers): RequestDisposition {
  if (!headers.has(Directives)) return SILENT;
  const said = { ...SILENT };
  for (const directive of headers.all(Directives)) {
    const meaning = MEANINGS.get(directive.toLowerCase());
    if (meaning !== undefined) said[meaning[0]] ??= meaning[1];
  }
  // Who asks for a redirect forks for itself (§9.1).
  if (said.proxy === false) return { ...said, fork: undefined, recurse: undefined, parallel: undefined };
  return said;
}
