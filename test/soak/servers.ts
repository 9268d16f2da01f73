import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Memory, News, ServerOptions } from "./protocol.ts";
import { ServerProcess } from "./server-process.ts";

/** For how long it is down after it was killed, in ms. */
const DOWN = 500;

/** One server after the other, over the same records and at the same port: each is killed, but for the last one. */
export class Servers {
  kills = 0;
  readonly dataDir: string;
  readonly #file: string;
  readonly #options: Omit<ServerOptions, "port">;
  readonly #hear: (news: News) => void;
  #server: ServerProcess | undefined;
  #port = 0;
  #restarting: Promise<void> | undefined;
  /** Calls of ports and the faults that they met, of the one now and of those before it. */
  #now = { calls: 0, faults: {} as Readonly<Record<string, number>> };
  #before = { calls: 0, faults: {} as Readonly<Record<string, number>> };

  /** `options.seed` is the first one's; each has its own. */
  constructor(file: string, options: Omit<ServerOptions, "port">, hear: (news: News) => void) {
    this.dataDir = join(options.folder, "data");
    this.#file = file;
    this.#options = options;
    this.#hear = hear;
  }

  get port(): number {
    return this.#port;
  }

  /** How many calls of ports there were, and which faults they met. */
  get injected(): { readonly calls: number; readonly faults: Readonly<Record<string, number>> } {
    const faults: Record<string, number> = { ...this.#before.faults };
    for (const [fault, times] of Object.entries(this.#now.faults))
      faults[fault] = (faults[fault] ?? 0) + times;
    return { calls: this.#before.calls + this.#now.calls, faults };
  }

  async start(): Promise<void> {
    this.#before = this.injected;
    this.#now = { calls: 0, faults: {} };
    const options = { ...this.#options, port: this.#port, seed: this.#options.seed + this.kills };
    this.#server = await ServerProcess.start(this.#file, options, (news) => {
      if (news.news === "faults") this.#now = news;
      else this.#hear(news);
    });
    this.#port = this.#server.port;
  }

  /** Kills it, and starts the next one; nothing if that is being done. */
  replace(): void {
    this.#restarting ??= this.#replaceNow().finally(() => {
      this.#restarting = undefined;
    });
  }

  /** The one that is there when nobody is replaced any more. */
  async last(): Promise<ServerProcess> {
    await this.#restarting;
    if (this.#server === undefined) throw new Error("there is no server");
    return this.#server;
  }

  /** Undefined if it is killed just now. */
  async memory(): Promise<Memory | undefined> {
    try {
      return await this.#server?.memory();
    } catch {
      return undefined;
    }
  }

  async #replaceNow(): Promise<void> {
    this.kills++;
    await this.#server?.kill();
    this.#server = undefined;
    await wait(DOWN);
    await this.start();
  }
}
