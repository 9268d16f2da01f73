import { isAscii, isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import type { GatewayEvent, GatewayResult } from "../../functions/gateway/event.ts";
import { isOver, spend } from "../../functions/pace.ts";
import { callIdIn } from "./call-id.ts";
import { type ConnectionFacts, disconnectEvent, messageEvent } from "./event.ts";
import { costOf, LITTLE } from "./frame-cost.ts";
import { InOrder } from "./in-order.ts";
import type { EdgeLimits } from "./limits.ts";
import type { Outbox, Sender } from "./outbox.ts";
import type { Standing } from "./standing.ts";

/** What the edge calls for what happens on its connections; `functions/gateway` is one. */
export interface EdgeHandlers {
  connect(event: GatewayEvent): Promise<GatewayResult>;
  message(event: GatewayEvent): Promise<GatewayResult>;
  disconnect(event: GatewayEvent): Promise<GatewayResult>;
}

/** What all connections of an edge share. */
export interface HeldConnectionOptions {
  readonly handlers: EdgeHandlers;
  readonly limits: EdgeLimits;
  readonly clock: () => number;
  readonly outbox: Outbox;
}

const TEXT = { binary: false };
const BINARY = { binary: true };
/** Octets of a client's ping or pong besides what it carries: two and the mask (RFC 6455 §5.2, §5.5). */
const CONTROL_HEAD = 6;
/** "Policy Violation" (RFC 6455 §7.4.1). */
const POLICY_VIOLATION = 1_008;

/**
 * One WebSocket that the edge holds. Turns its frames into events, in order per Call-ID; after its end, and after all
 * its frames have been handled, comes its `$disconnect`.
 */
export class HeldConnection implements Sender {
  readonly facts: ConnectionFacts;
  /** Ms since 1970. */
  lastActiveAt: number;
  readonly #standing: Standing;
  readonly #socket: WebSocket;
  readonly #transport: Socket;
  readonly #handlers: EdgeHandlers;
  readonly #limits: EdgeLimits;
  readonly #clock: () => number;
  readonly #outbox: Outbox;
  readonly #work = new InOrder();
  #unsent: string[] = [];
  #unsentOctets = 0;
  #pingedAt: number;
  #isPingOpen = false;
  /** Of its limit of requests: see `spend`. */
  #spentUntil = 0;
  /** Since when it is closed by us: its client may go on talking until it answers (RFC 6455 §5.5.1), and says nothing to us. */
  #closedAt: number | undefined;
  /** What had been read of the socket when a message, or nothing, was last complete; and since when there is more. */
  #octetsAtRest = 0;
  #unfinishedSince: number | undefined;

  constructor(
    facts: ConnectionFacts,
    standing: Standing,
    socket: WebSocket,
    transport: Socket,
    { handlers, limits, clock, outbox }: HeldConnectionOptions,
  ) {
    this.facts = facts;
    this.#standing = standing;
    this.lastActiveAt = facts.connectedAt;
    this.#pingedAt = facts.connectedAt;
    this.#octetsAtRest = transport.bytesRead;
    this.#socket = socket;
    this.#transport = transport;
    this.#handlers = handlers;
    this.#limits = limits;
    this.#clock = clock;
    this.#outbox = outbox;
    socket.on("message", (data, isBinary) => this.#onMessage(data as Buffer, isBinary));
    socket.on("ping", (data) => this.#onControl(data));
    socket.on("pong", (data) => {
      this.#isPingOpen = false;
      this.#onControl(data);
    });
    // An error is followed by a close, which is all that matters.
    socket.on("error", () => {});
  }

  /** Calls back once, when the connection has ended, with the handling of its `$disconnect`. */
  onClose(ended: (handling: Promise<void>) => void): void {
    this.#socket.on("close", (code, reason) => ended(this.#end(code, reason.toString())));
  }

  /** Sends the octets as one message, soon; false if the socket is closing or its client does not read. */
  send(message: string): boolean {
    const socket = this.#socket;
    if (socket.readyState !== WebSocket.OPEN) return false;
    if (socket.bufferedAmount + this.#unsentOctets > this.#limits.maxUnread) {
      socket.terminate();
      return false;
    }
    if (this.#unsent.push(message) === 1) this.#outbox.add(this);
    this.#unsentOctets += message.length;
    return true;
  }

  flush(): void {
    if (this.#unsent.length === 0) return;
    this.#transport.cork();
    for (const message of this.#unsent) {
      const bytes = Buffer.from(message, "latin1");
      // RFC 7118 §4.2: what is no UTF-8 must not travel as text.
      this.#socket.send(bytes, isUtf8(bytes) ? TEXT : BINARY);
    }
    this.#transport.uncork();
    this.#unsent = [];
    this.#unsentOctets = 0;
  }

  /**
   * Ends the connection with a closing handshake, and hears its client no more; false if it is closing already. The code and the
   * reason are for the client, which need not be told one.
   */
  close(code?: number, reason?: string): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    this.flush();
    this.#closedAt = this.#clock();
    this.#socket.close(code, reason);
    return true;
  }

  /** Ends the connection at once; a client that still listens reads the code. */
  terminate(code: number): void {
    this.flush();
    this.#socket.close(code);
    this.#socket.terminate();
  }

  /** Looks after the connection now and then: cuts off who is silent, stuck or dead, pings who is quiet. */
  tend(): void {
    const now = this.#clock();
    const isPingDue = now - this.#pingedAt >= this.#limits.pingInterval;
    if (this.#isUnproved(now) && this.close(POLICY_VIOLATION, "nobody has proved who it is")) return;
    if (this.#isOverdue(now) || (isPingDue && this.#isPingOpen)) {
      this.#socket.terminate();
    } else if (isPingDue) {
      this.#pingedAt = now;
      this.#isPingOpen = true;
      this.#socket.ping();
    }
  }

  #isUnproved(now: number): boolean {
    if (this.#standing.provedUser !== undefined || this.#closedAt !== undefined) return false;
    return now - this.facts.connectedAt >= this.#limits.proofTimeout;
  }

  #isOverdue(now: number): boolean {
    const { messageTimeout, closingTimeout } = this.#limits;
    if (this.#closedAt !== undefined && now - this.#closedAt >= closingTimeout) return true;
    const isUnfinished = this.#transport.bytesRead > this.#octetsAtRest;
    this.#unfinishedSince = isUnfinished ? (this.#unfinishedSince ?? now) : undefined;
    return this.#unfinishedSince !== undefined && now - this.#unfinishedSince >= messageTimeout;
  }

  /** Octets that are no part of a message, and may come in the middle of one: they neither begin nor excuse it. */
  #onControl({ length }: Buffer): void {
    this.#octetsAtRest += CONTROL_HEAD + length;
    this.#count(LITTLE, this.#clock());
  }

  /** Counts what has come against the limit of requests; far beyond it the connection is closed. Answers whether it is in it. */
  #count(cost: number, now: number): boolean {
    const { requests } = this.#limits;
    this.#spentUntil = spend(this.#spentUntil, now, requests, cost);
    if (!isOver(this.#spentUntil, now, requests)) return true;
    if (isOver(this.#spentUntil, now, requests, 2)) this.close(POLICY_VIOLATION, "too many requests");
    return false;
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    if (this.#closedAt !== undefined) return;
    const now = this.#clock();
    this.lastActiveAt = now;
    this.#isPingOpen = false;
    this.#octetsAtRest = this.#transport.bytesRead;
    this.#unfinishedSince = undefined;
    const event = eventFor(this.facts, data, isBinary, now);
    const { body = "" } = event;
    const isInTime = this.#count(costOf(body), now);
    if (this.#closedAt !== undefined) return;
    const handed = isInTime ? event : { ...event, isTooMuch: true };
    this.#work.run(callIdIn(body), () => this.#handle(handed));
  }

  async #handle(event: GatewayEvent): Promise<void> {
    try {
      const { body } = await this.#handlers.message(event);
      if (body !== undefined) this.send(body);
    } catch {
      // What API Gateway sends when a function fails.
      const { connectionId } = this.facts;
      this.send(JSON.stringify({ message: "Internal server error", connectionId, requestId: connectionId }));
    }
    if (this.#standing.wrongProofs >= this.#limits.maxWrongProofs) {
      this.close(POLICY_VIOLATION, "too many wrong proofs of identity");
    }
  }

  async #end(code: number, reason: string): Promise<void> {
    await this.#work.settled();
    await this.#handlers.disconnect(disconnectEvent(this.facts, code, reason, this.#clock()));
  }
}

/** Text goes as text, a binary frame too if it is UTF-8 (RFC 7118 §4.2), anything else as Base64. */
function eventFor(facts: ConnectionFacts, data: Buffer, isBinary: boolean, now: number): GatewayEvent {
  if (isAscii(data)) return messageEvent(facts, data.toString("latin1"), false, now);
  if (!isBinary || isUtf8(data)) return messageEvent(facts, data.toString(), false, now);
  return messageEvent(facts, data.toString("base64"), true, now);
}
