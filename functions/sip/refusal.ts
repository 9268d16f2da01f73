import type { HeaderLine } from "./headers.ts";
import { reasonPhrase } from "./reason-phrase.ts";

/** A request that a rule refuses. Thrown by decisions, turned into its response in one place (`app/receive.ts`). */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly reason: string;
  /** What the response carries besides: a challenge, `Min-Expires`, … */
  readonly headers: readonly HeaderLine[];

  constructor(status: number, reason: string = reasonPhrase(status), headers: readonly HeaderLine[] = []) {
    super(`${status} ${reason}`);
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }
}
