import { SnsError } from "./sns-error.ts";

/** A refusal to give: what SNS says when too much is asked of it is `{ code: "Throttling", status: 400, message: "Rate exceeded" }`. */
export interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly message: string;
}

type Fault =
  | { readonly kind: "refuse"; readonly refusal: Refusal }
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "drop" };

/** What shall go wrong, and when: for tests. Faults of an action are used up in the order that they were asked for. */
export class Faults {
  readonly #ahead = new Map<string, Fault[]>();

  /** The next requests for an action are refused. */
  next(action: string, refusal: Refusal, times = 1): void {
    this.#add(action, { kind: "refuse", refusal }, times);
  }

  /** The next requests for an action wait so many ms before they are heard; for ever if that is `Infinity`. */
  delay(action: string, ms: number, times = 1): void {
    this.#add(action, { kind: "delay", ms }, times);
  }

  /** The next requests for an action are heard, and their connections end without an answer. */
  drop(action: string, times = 1): void {
    this.#add(action, { kind: "drop" }, times);
  }

  /** Lets the next fault of an action happen; "drop" for its answer to be dropped. Rejects with the refusal. */
  async happen(action: string): Promise<"answer" | "drop"> {
    const fault = this.#ahead.get(action)?.shift();
    switch (fault?.kind) {
      case "refuse": {
        const { code, status, message } = fault.refusal;
        throw new SnsError(code, status, message);
      }
      case "delay":
        await new Promise<void>((resolve) => {
          if (fault.ms !== Number.POSITIVE_INFINITY) setTimeout(resolve, fault.ms).unref();
        });
        return "answer";
      case "drop":
        return "drop";
      default:
        return "answer";
    }
  }

  #add(action: string, fault: Fault, times: number): void {
    const ahead = this.#ahead.get(action) ?? [];
    for (let time = 0; time < times; time++) ahead.push(fault);
    this.#ahead.set(action, ahead);
  }
}
