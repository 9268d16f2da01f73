import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Census, Memory, News, Order, ServerOptions } from "./protocol.ts";

/** The server under test in its process, as the one who drives the soak has it. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#child = child;
  }

  /** Starts `file`; answers when it listens. `hear` is told all that it says by itself. */
  static async start(
    file: string,
    options: ServerOptions,
    hear: (news: News) => void,
  ): Promise<ServerProcess> {
    const child = fork(file, [JSON.stringify(options)], {
      env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
      execArgv: [
        "--enable-source-maps",
        "--expose-gc",
        "--min-semi-space-size=32",
        "--max-semi-space-size=64",
      ],
    });
    const port = await new Promise<number>((resolve, reject) => {
      child.on("message", (news: News) => {
        if (news.news === "ready") resolve(news.port);
        else hear(news);
      });
      child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    });
    return new ServerProcess(port, child);
  }

  calm(): void {
    this.#say({ do: "calm" });
  }

  async census(): Promise<Census> {
    return (await this.#asked("census")).census;
  }

  async memory(): Promise<Memory> {
    return (await this.#asked("memory")).memory;
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }

  /** As SIGTERM ends it; answers whether it had ended within `patience` ms. */
  async stop(patience: number): Promise<boolean> {
    const exited = once(this.#child, "exit").then(() => true);
    this.#say({ do: "stop" });
    const late = new Promise<boolean>((resolve) => setTimeout(resolve, patience, false).unref());
    const isInTime = await Promise.race([exited, late]);
    if (!isInTime) this.#child.kill("SIGKILL");
    return isInTime;
  }

  #say(order: Order): void {
    if (this.#child.connected) this.#child.send(order);
  }

  /** Rejects if it ends meanwhile. */
  #asked<What extends "census" | "memory">(what: What): Promise<Extract<News, { news: What }>> {
    return new Promise((resolve, reject) => {
      const child = this.#child;
      const ended = () => reject(new Error(`the server ended and did not answer ${what}`));
      const hear = (news: News) => {
        if (news.news !== what) return;
        child.off("message", hear);
        child.off("exit", ended);
        resolve(news as Extract<News, { news: What }>);
      };
      child.on("message", hear);
      child.once("exit", ended);
      this.#say({ do: what });
    });
  }
}
