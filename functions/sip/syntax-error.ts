import type { SipRequest } from "./message.ts";

/**
 * A message, or a part of one, that the grammar does not allow. The message text says what was expected, in which
 * part, and at which octet of that part (from 0). Answered 400, or 505 for a version that is not ours (§21.5.6).
 */
export class SipSyntaxError extends Error {
  override readonly name = "SipSyntaxError";
  /** Which part is wrong: a header's name, "start line", "message", … */
  readonly part: string;
  /** Where in that part, in octets from 0. */
  readonly at: number;
  /** What is wrong, or what was expected. */
  readonly problem: string;
  readonly status: 400 | 505;
  /** What could be read of a request all the same: enough to answer it, if it has a Via. */
  readonly salvaged: SipRequest | undefined;

  constructor(
    part: string,
    at: number,
    problem: string,
    { status = 400, salvaged }: { status?: 400 | 505; salvaged?: SipRequest | undefined } = {},
  ) {
    super(`${part}: ${problem} at ${at}`);
    this.part = part;
    this.at = at;
    this.problem = problem;
    this.status = status;
    this.salvaged = salvaged;
  }
}
