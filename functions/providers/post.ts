import { type Dispatcher, request } from "undici";

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
  readonly body: string;
}

export interface PostingOptions {
  /** Which connections are used: the service's own, or a test's. */
  readonly dispatcher: Dispatcher;
  /** When the answer is of no use any more, in ms since 1970. */
  readonly until: number;
  /** Ms since 1970. */
  readonly clock: () => number;
}

/** Pauses between attempts, in ms: the first one, and the longest that a service may ask for. */
const FIRST_PAUSE = 200;
const MAX_ATTEMPTS = 4;
/** One attempt may not eat up the time of all, in ms. */
const ATTEMPT_TIME = 5_000;
const MAX_BODY = 16_384;

/**
 * Posts, and tries again with growing pauses, drawn at random, while the service is overloaded or out of reach (429, 5xx, no
 * connection) and there is time. Follows no redirects. Answers the last answer; rejects if there was none.
 */
export async function post(posting: Posting, options: PostingOptions): Promise<Posted> {
  const { until, clock } = options;
  for (let attempt = 1; ; attempt++) {
    let answer: Posted | undefined;
    let fault: unknown;
    try {
      answer = await attempted(posting, options);
      if (!isTransient(answer.status)) return answer;
    } catch (error) {
      fault = error;
    }
    const pause = pauseAfter(attempt, answer?.headers["retry-after"]);
    if (attempt === MAX_ATTEMPTS || clock() + pause >= until) {
      if (answer === undefined) throw fault;
      return answer;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

async function attempted(
  { url, headers, body }: Posting,
  { dispatcher, until, clock }: PostingOptions,
): Promise<Posted> {
  const time = Math.max(1, Math.min(ATTEMPT_TIME, until - clock()));
  const response = await request(url, {
    method: "POST",
    headers,
    body: body ?? null,
    dispatcher,
    signal: AbortSignal.timeout(time),
  });
  return { status: response.statusCode, headers: response.headers, body: await textOf(response.body) };
}

/** The beginning of the body: what services say in it is short, and what is not comes from nobody we know. */
async function textOf(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= MAX_BODY) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_BODY).toString();
}

function isTransient(status: number): boolean {
  return status === 429 || status >= 500;
}

/** Half of it is drawn: those who were refused together shall not come again together. */
function pauseAfter(attempt: number, retryAfter: string | string[] | undefined): number {
  const asked = typeof retryAfter === "string" ? Number(retryAfter) * 1000 : 0;
  const own = FIRST_PAUSE * 2 ** (attempt - 1);
  const pause = Number.isFinite(asked) && asked > own ? asked : own;
  return pause * (1 + Math.random() / 2);
}
