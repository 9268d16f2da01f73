import type { Happening } from "../proxy/happening.ts";
import { Refusal } from "../sip/refusal.ts";

/** Nobody to send a request to. */
export class Unreachable extends Refusal {
  /** What was thought of each contact that there is; nothing for what is no INVITE. */
  readonly considered: readonly Happening[];
  /** For people who may know more than the caller. */
  readonly why: string;

  constructor(status: number, why: string, considered: readonly Happening[]) {
    super(status);
    this.why = why;
    this.considered = considered;
  }
}
