import type { Socket } from "node:net";
import type { EdgeLimits } from "./limits.ts";
import { StreamFramer } from "./stream-framer.ts";
import type { Wire, WireListener } from "./wire.ts";

/** What its end is told as if nobody said a code: as if a WebSocket had closed normally, or not (RFC 6455 §7.4.1). */
const NORMAL = 1_000;
const ABNORMAL = 1_006;
/** Octets of what is no message: a ping. */
const PING_LENGTH = 4;

/** SIP over a TCP connection, or over TLS (RFC 3261 §18, RFC 5626 §3.5.1). */
export class StreamWire implements Wire {
  readonly #socket: Socket;
  readonly #limits: EdgeLimits;
  readonly #framer: StreamFramer;
  #code = ABNORMAL;
  #reason = "";
  /** Of a client that pings: how often it was looked for since it was last heard. */
  #probes: number | undefined;

  constructor(socket: Socket, limits: EdgeLimits) {
    this.#socket = socket;
    this.#limits = limits;
    this.#framer = new StreamFramer(limits);
    socket.setNoDelay(true);
    // A peer that is gone without a word is found out by the system (in ms; Node asks every second, ten times).
    socket.setKeepAlive(true, limits.pingInterval);
  }

  get isOpen(): boolean {
    return this.#socket.writable;
  }

  get unread(): number {
    return this.#socket.writableLength;
  }

  get isUnfinished(): boolean {
    return this.#framer.isUnfinished;
  }

  tell(listener: WireListener): void {
    const socket = this.#socket;
    socket.on("data", (chunk: Buffer) => {
      if (this.#probes !== undefined) this.#probes = 0;
      for (const { octets, unframed } of this.#framer.feed(chunk)) {
        if (octets.length === PING_LENGTH) this.#probes = 0;
        listener.onMessage(octets, false, unframed);
      }
    });
    socket.on("end", () => {
      if (this.#code === ABNORMAL) this.#code = NORMAL;
    });
    // An error is followed by a close, which is all that matters.
    socket.on("error", () => {});
    socket.on("close", () => listener.onEnd(this.#code, this.#reason));
  }

  write(messages: readonly string[]): void {
    this.#socket.cork();
    for (const message of messages) this.#socket.write(message, "latin1");
    this.#socket.uncork();
  }

  end(code = NORMAL, reason = ""): void {
    this.#code = code;
    this.#reason = reason;
    this.#socket.end();
  }

  cut(code?: number): void {
    if (code !== undefined) this.#code = code;
    this.#socket.destroy();
  }

  probe(): boolean {
    if (this.#probes === undefined) return true;
    const { pingInterval, silenceTimeout } = this.#limits;
    return ++this.#probes * pingInterval <= silenceTimeout;
  }
}
