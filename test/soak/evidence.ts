import { Runs } from "./judge.ts";

/** What is seen while a soak goes on. */
export class Evidence {
  readonly violations: string[] = [];
  readonly counts: Record<string, number> = {};
  /** The faults that were logged. */
  readonly faultLines: Record<string, number> = {};
  readonly runs = new Runs();

  wrong(what: string): void {
    this.violations.push(what);
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  /** `cause` is its error, unless it was injected. */
  fault(what: string, cause: string | undefined): void {
    this.faultLines[what] = (this.faultLines[what] ?? 0) + 1;
    if (cause !== undefined) this.wrong(`a fault that nobody injected: ${cause}`);
  }
}
