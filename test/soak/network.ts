import { setTimeout as wait } from "node:timers/promises";
import { type Heard, heard } from "../races/heard.ts";
import { connect, type Line } from "./connection.ts";

/** Who is told what comes, and that the connection has ended. */
export interface NetworkListener {
  hears(message: Heard, line: Line): void;
  lost(): void;
}

/** The network of a phone: the one connection that it has, or none, and how it goes. */
export class Network {
  /** Its system has stopped the app. */
  isFrozen = false;
  readonly #name: string;
  readonly #port: () => number;
  readonly #listener: NetworkListener;
  #line: Line | undefined;
  #lines = 0;
  /** The name of its last connection. */
  #last = "";
  /** Connections whose end the server has not dealt with, by their names. */
  readonly #held = new Set<string>();

  constructor(name: string, port: () => number, listener: NetworkListener) {
    this.#name = name;
    this.#port = port;
    this.#listener = listener;
  }

  get line(): Line | undefined {
    return this.#line;
  }

  get isOpen(): boolean {
    return this.#line?.isOpen() === true;
  }

  /** Whether the server takes it to be connected where it is, and nowhere else. */
  get isAsTheServerKnows(): boolean {
    return [...this.#held].every((name) => this.isOpen && name === this.#last);
  }

  /** Rejects if it cannot. */
  async connect(): Promise<void> {
    const name = `${this.#name}.${++this.#lines}`;
    const line: Line = await connect(
      this.#port(),
      name,
      (text) => {
        if (!this.isFrozen) this.#listener.hears(heard(text), line);
      },
      () => this.#ended(line),
    );
    this.#line = line;
    this.#last = name;
    this.#held.add(name);
  }

  /** The server has dealt with the end of that connection; answers whether that mattered. */
  noticed(name: string): boolean {
    return this.#held.delete(name);
  }

  /** It was registered over its connection: how the ones before end does not matter. */
  registered(): void {
    this.#held.clear();
    this.#held.add(this.#last);
  }

  /** Nothing, if it is not connected. */
  say(text: string): void {
    this.#line?.say(text);
  }

  end(how: "close" | "reset"): void {
    this.#line?.[how]();
  }

  /** Nothing is read or said for so many ms, and then the connection is gone. */
  async freeze(ms: number): Promise<void> {
    this.isFrozen = true;
    const line = this.#line;
    line?.freeze();
    await wait(ms);
    this.isFrozen = false;
    line?.reset();
  }

  #ended(line: Line): void {
    if (line !== this.#line) return;
    this.#line = undefined;
    this.#listener.lost();
  }
}
