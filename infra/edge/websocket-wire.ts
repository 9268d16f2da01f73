import { isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import type { Wire, WireListener } from "./wire.ts";

const TEXT = { binary: false };
const BINARY = { binary: true };
/** Octets of a client's ping or pong besides what it carries: two and the mask (RFC 6455 §5.2, §5.5). */
const CONTROL_HEAD = 6;

/** A WebSocket (RFC 7118), over its socket. */
export class WebSocketWire implements Wire {
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  #isPingOpen = false;
  /** What had been read of the socket when a message, or nothing, was last complete. */
  #octetsAtRest: number;

  constructor(webSocket: WebSocket, socket: Socket) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#octetsAtRest = socket.bytesRead;
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === WebSocket.OPEN;
  }

  get unread(): number {
    return this.#webSocket.bufferedAmount;
  }

  get isUnfinished(): boolean {
    return this.#socket.bytesRead > this.#octetsAtRest;
  }

  tell(listener: WireListener): void {
    const webSocket = this.#webSocket;
    webSocket.on("message", (data, isBinary) => {
      this.#isPingOpen = false;
      this.#octetsAtRest = this.#socket.bytesRead;
      listener.onMessage(data as Buffer, !isBinary);
    });
    webSocket.on("ping", (data) => this.#onControl(data, listener));
    webSocket.on("pong", (data) => {
      this.#isPingOpen = false;
      this.#onControl(data, listener);
    });
    // An error is followed by a close, which is all that matters.
    webSocket.on("error", () => {});
    webSocket.on("close", (code, reason) => listener.onEnd(code, reason.toString()));
  }

  write(messages: readonly string[]): void {
    this.#socket.cork();
    for (const message of messages) {
      const octets = Buffer.from(message, "latin1");
      // RFC 7118 §4.2: what is no UTF-8 must not travel as text.
      this.#webSocket.send(octets, isUtf8(octets) ? TEXT : BINARY);
    }
    this.#socket.uncork();
  }

  end(code?: number, reason?: string): void {
    this.#webSocket.close(code, reason);
  }

  cut(code?: number): void {
    if (code !== undefined) this.#webSocket.close(code);
    this.#webSocket.terminate();
  }

  probe(): boolean {
    if (this.#isPingOpen) return false;
    this.#isPingOpen = true;
    this.#webSocket.ping();
    return true;
  }

  /** Octets that are no part of a message, and may come in the middle of one: they neither begin nor excuse it. */
  #onControl({ length }: Buffer, listener: WireListener): void {
    this.#octetsAtRest += CONTROL_HEAD + length;
    listener.onControl();
  }
}
