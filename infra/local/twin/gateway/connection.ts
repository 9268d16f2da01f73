import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { type Cause, CLOSINGS, clientsReason } from "./closing.ts";
import type { ConnectionFacts } from "./events.ts";
import { frameWatch } from "./frame-watch.ts";
import type { GatewayLimits } from "./limits.ts";

/** What happens on a connection. */
export interface ConnectionListener {
  /** A message; each is a frame of text. */
  message(connection: GatewayConnection, text: string): void;
  closed(connection: GatewayConnection, code: number, reason: string): void;
}

/** One WebSocket as API Gateway holds it: text only, limits of size, an idle and a hard time-out. */
export class GatewayConnection {
  readonly facts: ConnectionFacts;
  /** Ms since 1970. */
  lastActiveAt: number;
  readonly #socket: WebSocket;
  readonly #limits: GatewayLimits;
  readonly #idle: NodeJS.Timeout;
  readonly #duration: NodeJS.Timeout;
  #cause: Cause | undefined;

  constructor(
    facts: ConnectionFacts,
    socket: WebSocket,
    transport: Socket,
    limits: GatewayLimits,
    listener: ConnectionListener,
  ) {
    this.facts = facts;
    this.lastActiveAt = facts.connectedAt;
    this.#socket = socket;
    this.#limits = limits;
    this.#idle = setTimeout(() => this.close("idle"), limits.idle);
    this.#duration = setTimeout(() => this.close("too old"), limits.duration);
    transport.prependListener(
      "data",
      frameWatch(limits.maxFrame, () => this.close("frame too long")),
    );
    socket.on("message", (data, isBinary) => {
      if (this.#cause !== undefined) return;
      if (isBinary) return this.close("binary");
      this.#isActive();
      listener.message(this, (data as Buffer).toString());
    });
    socket.on("error", () => {});
    socket.on("close", (code, reason) => {
      clearTimeout(this.#idle);
      clearTimeout(this.#duration);
      const words = this.#cause && CLOSINGS[this.#cause];
      listener.closed(this, words?.code ?? code, words?.reason ?? clientsReason(code, reason.toString()));
    });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Whether its client leaves too much unread. */
  get isFull(): boolean {
    return this.#socket.bufferedAmount > this.#limits.maxUnread;
  }

  /** As text, whatever it is: octets that are no UTF-8 do not survive. */
  send(octets: string): void {
    this.#isActive();
    this.#socket.send(Buffer.from(octets, "latin1").toString());
  }

  close(cause: Cause): void {
    if (!this.isOpen) return;
    this.#cause = cause;
    const { code, reason } = CLOSINGS[cause];
    this.#socket.close(code, reason);
  }

  /** At once: the twin ends. */
  terminate(): void {
    this.#socket.terminate();
  }

  #isActive(): void {
    this.lastActiveAt = Date.now();
    this.#idle.refresh();
  }
}
