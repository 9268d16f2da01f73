import type { Happening } from "../proxy/happening.ts";
import type { Aor } from "../sip/aor.ts";
import { Refusal } from "../sip/refusal.ts";

/** Nobody to send a request to. */
export class Unreachable extends Refusal {
  readonly callee: Aor;
  /** What was thought of each contact that there is; nothing for what is no INVITE. */
  readonly considered: readonly Happening[];
  /** For people who may know more than the caller. */
  readonly why: string;

  constructor(callee: Aor, status: number, why: string, considered: readonly Happening[]) {
    super(status);
    this.callee = callee;
    this.why = why;
    this.considered = considered;
  }
}
