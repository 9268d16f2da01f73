import { type Dispatcher, request } from "undici";
import { attempts, type Patience } from "./attempts.ts";

/** What a push service is told by HTTP. */
export interface Posting {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | undefined;
}

/** Its answer. Header names are in lower case. */
export interface Posted {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The first 16 KB of it: what services say is short, and what is not comes from nobody we know. */
  readonly body: string;
}

export interface PostingOptions extends Patience {
  /** Which connections are used: the service's own, or a test's. */
  readonly dispatcher: Dispatcher;
}

/** In octets. */
export const MAX_BODY = 16_384;

/**
 * Posts, and tries again as `attempts` does while the service is overloaded or out of reach and there is time. Follows no
 * redirects. Answers the last answer; rejects if there was none.
 */
export function post(posting: Posting, options: PostingOptions): Promise<Posted> {
  return attempts((time) => postedOnce(posting, options.dispatcher, time), options);
}

async function postedOnce(
  { url, headers, body }: Posting,
  dispatcher: Dispatcher,
  time: number,
): Promise<Posted> {
  const signal = AbortSignal.timeout(time);
  const response = await request(url, { method: "POST", headers, body: body ?? null, dispatcher, signal });
  return { status: response.statusCode, headers: response.headers, body: await beginningOf(response.body) };
}

/** What there is of it: a push that was accepted is not sent again because the end of the answer was lost. */
async function beginningOf(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= MAX_BODY) break;
    }
  } catch {
    // The status has come, and that decides.
  }
  return Buffer.concat(chunks).subarray(0, MAX_BODY).toString();
}
