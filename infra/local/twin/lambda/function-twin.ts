import { randomUUID } from "node:crypto";
import { arnOf } from "../place.ts";
import type { PackagedFunction } from "../template/functions-in.ts";
import { type ProcessOptions, RuntimeProcess } from "./runtime-process.ts";

export interface FunctionTwinOptions {
  readonly packaged: PackagedFunction;
  readonly process: ProcessOptions;
  /** How far off the functions' clocks are, in ms. */
  readonly clockSkew: () => number;
  /** Gets what it did wrong: left work running, took too long, threw. */
  readonly complain: (words: string) => void;
}

/** Lambda has a thousand; this machine has not. More events wait. */
const MOST_PROCESSES = 8;

/** One function, and the processes that run it: as many as there are events at a time. */
export class FunctionTwin {
  readonly #options: FunctionTwinOptions;
  readonly #processes = new Set<RuntimeProcess>();
  /** The last one that was at work comes first. */
  readonly #frozen: RuntimeProcess[] = [];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(options: FunctionTwinOptions) {
    this.#options = options;
  }

  async invoke(event: unknown): Promise<unknown> {
    const { packaged, clockSkew, complain } = this.#options;
    if (this.#busy >= MOST_PROCESSES) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#busy++;
    const process = this.#take();
    try {
      const { name, timeout } = packaged;
      const context = contextOf(packaged);
      const outcome = await process.run({ event, context, timeout, clockSkew: clockSkew() });
      if (outcome.leftRunning.length > 0) {
        complain(`${name} left work running: ${outcome.leftRunning.join(", ")}`);
      }
      return outcome.result;
    } catch (error) {
      if (!isRefusal(error)) complain(`${packaged.name} failed: ${error}`);
      throw error;
    } finally {
      if (process.isAlive) this.#frozen.push(process);
      else this.#processes.delete(process);
      this.#busy--;
      this.#waiting.shift()?.();
    }
  }

  /** How many processes there are, at work or frozen. */
  get processes(): number {
    return this.#processes.size;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#processes].map((process) => process.kill()));
    this.#processes.clear();
  }

  #take(): RuntimeProcess {
    const frozen = this.#frozen.pop();
    if (frozen !== undefined) return frozen;
    const process = new RuntimeProcess(this.#options.process);
    this.#processes.add(process);
    return process;
  }
}

/** What an authorizer says to refuse a client. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.message === "Unauthorized";
}

function contextOf({ name, memory }: PackagedFunction): Readonly<Record<string, string>> {
  return {
    functionName: name,
    functionVersion: "$LATEST",
    invokedFunctionArn: arnOf("lambda", `function:${name}`),
    memoryLimitInMB: String(memory),
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: "twin",
  };
}
