/** How long somebody waits for an answer. */
export interface Patience {
  /** When the answer is of no use any more, in ms since 1970. */
  readonly until: number;
  /** Ms since 1970. */
  readonly clock: () => number;
  /** Waits for so many ms; by a timer, if it is not given. */
  readonly pause?: ((ms: number) => Promise<void>) | undefined;
}

/** An answer as far as it says whether to ask again. Header names are in lower case. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const MAX_ATTEMPTS = 4;
/** The least pause before the second attempt, in ms; before each one after that it is twice as long. */
const FIRST_PAUSE = 200;
/** One attempt may not eat up the time of all, in ms. */
const ATTEMPT_TIME = 5_000;
/** Nor may all of them that of the function they run in, whatever time the push has (a MESSAGE's: days), in ms. */
const MAX_TIME = 20_000;

/**
 * Attempts something, each time with so many ms to spend, and again after growing pauses while the service is overloaded or out
 * of reach (429, 5xx, no answer) and there is time. Answers the last answer; rejects if the last attempt had none, and if
 * there was no time for any.
 */
export async function attempts<A extends Answer>(
  attempt: (time: number) => Promise<A>,
  { until, clock, pause = timer }: Patience,
): Promise<A> {
  const end = Math.min(until, clock() + MAX_TIME);
  let last = (): A => {
    throw new Error("there was no time for it");
  };
  for (let count = 1; ; count++) {
    const left = end - clock();
    if (left <= 0) return last();
    let asked: string | string[] | undefined;
    try {
      const answer = await attempt(Math.ceil(Math.min(left, ATTEMPT_TIME)));
      if (!isTransient(answer.status)) return answer;
      asked = answer.headers["retry-after"];
      last = () => answer;
    } catch (error) {
      if (isOurs(error)) throw error;
      last = () => {
        throw error;
      };
    }
    const wait = pauseAfter(count, asked, clock());
    if (count === MAX_ATTEMPTS || clock() + wait >= end) return last();
    await pause(wait);
  }
}

function isTransient(status: number): boolean {
  return status === 429 || status >= 500;
}

/** Whether it never was on its way: what cannot be said in HTTP cannot be said a second time either. */
function isOurs(error: unknown): boolean {
  return error instanceof TypeError || (error as NodeJS.ErrnoException).code === "UND_ERR_INVALID_ARG";
}

/** At least what the service asked for, and up to half as much again: who were refused together shall not come back together. */
function pauseAfter(count: number, asked: string | string[] | undefined, now: number): number {
  const own = FIRST_PAUSE * 2 ** (count - 1);
  return Math.max(own, typeof asked === "string" ? retryAfter(asked, now) : 0) * (1 + Math.random() / 2);
}

/** Retry-After in ms (RFC 9110 §10.2.3: seconds, or a date); 0 for what is neither. */
function retryAfter(text: string, now: number): number {
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? 0 : ms;
}

function timer(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
