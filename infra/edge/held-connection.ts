import { isAscii, isUtf8 } from "node:buffer";
import type { GatewayEvent, GatewayResult, Unframed } from "../../functions/gateway/event.ts";
import { isOver, spend } from "../../functions/pace.ts";
import { callIdIn } from "./call-id.ts";
import { type ConnectionFacts, disconnectEvent, messageEvent } from "./event.ts";
import { costOf, LITTLE } from "./frame-cost.ts";
import { InOrder } from "./in-order.ts";
import type { EdgeLimits } from "./limits.ts";
import type { Outbox, Sender } from "./outbox.ts";
import type { Standing } from "./standing.ts";
import type { Wire, WireListener } from "./wire.ts";

/** What the edge calls for what happens on its connections; `functions/gateway` is one. */
export interface EdgeHandlers {
  connect(event: GatewayEvent): Promise<GatewayResult>;
  message(event: GatewayEvent): Promise<GatewayResult>;
  disconnect(event: GatewayEvent): Promise<GatewayResult>;
}

/** What all connections of an edge share. */
export interface HeldConnectionOptions {
  readonly limits: EdgeLimits;
  readonly clock: () => number;
  readonly outbox: Outbox;
}

/** "Policy Violation" and "Protocol Error" (RFC 6455 §7.4.1). */
const POLICY_VIOLATION = 1_008;
const PROTOCOL_ERROR = 1_002;

/**
 * One connection that the edge holds, whatever carries it. Turns its messages into events, in order per Call-ID; after its end,
 * and after all its messages have been handled, comes its `$disconnect`.
 */
export class HeldConnection implements Sender, WireListener {
  readonly facts: ConnectionFacts;
  /** Ms since 1970. */
  lastActiveAt: number;
  readonly #standing: Standing;
  readonly #wire: Wire;
  readonly #handlers: EdgeHandlers;
  readonly #limits: EdgeLimits;
  readonly #clock: () => number;
  readonly #outbox: Outbox;
  readonly #ended: (connection: HeldConnection, handling: Promise<void>) => void;
  readonly #work = new InOrder();
  #unsent: string[] = [];
  #unsentOctets = 0;
  #probedAt: number;
  /** Of its limit of requests: see `spend`. */
  #spentUntil = 0;
  /** Since when it is closed by us: its client may go on talking until it answers (RFC 6455 §5.5.1), and says nothing to us. */
  #closedAt: number | undefined;
  /** Since when there is part of a message. */
  #unfinishedSince: number | undefined;

  /** `ended` is called once, when the connection has ended, with the handling of its `$disconnect`. */
  constructor(
    facts: ConnectionFacts,
    standing: Standing,
    wire: Wire,
    handlers: EdgeHandlers,
    { limits, clock, outbox }: HeldConnectionOptions,
    ended: (connection: HeldConnection, handling: Promise<void>) => void,
  ) {
    this.facts = facts;
    this.#standing = standing;
    this.lastActiveAt = facts.connectedAt;
    this.#probedAt = facts.connectedAt;
    this.#wire = wire;
    this.#handlers = handlers;
    this.#limits = limits;
    this.#clock = clock;
    this.#outbox = outbox;
    this.#ended = ended;
    wire.tell(this);
  }

  /** Sends the octets as one message, soon; false if the connection is closing or its client does not read. */
  send(message: string): boolean {
    const wire = this.#wire;
    if (!wire.isOpen) return false;
    if (wire.unread + this.#unsentOctets > this.#limits.maxUnread) {
      wire.cut();
      return false;
    }
    if (this.#unsent.push(message) === 1) this.#outbox.add(this);
    this.#unsentOctets += message.length;
    return true;
  }

  flush(): void {
    if (this.#unsent.length === 0) return;
    this.#wire.write(this.#unsent);
    this.#unsent = [];
    this.#unsentOctets = 0;
  }

  /**
   * Ends the connection politely, and hears its client no more; false if it is closing already. The code and the
   * reason are for the client, which need not be told one.
   */
  close(code?: number, reason?: string): boolean {
    if (!this.#wire.isOpen) return false;
    this.flush();
    this.#closedAt = this.#clock();
    this.#wire.end(code, reason);
    return true;
  }

  /** Ends the connection at once; a client that still listens reads the code. */
  terminate(code: number): void {
    this.flush();
    this.#wire.cut(code);
  }

  /** Looks after the connection now and then: cuts off who is silent, stuck or dead, pings who is quiet. */
  tend(): void {
    const now = this.#clock();
    if (this.#isUnproved(now) && this.close(POLICY_VIOLATION, "nobody has proved who it is")) return;
    if (this.#isOverdue(now)) {
      this.#wire.cut();
    } else if (now - this.#probedAt >= this.#limits.pingInterval) {
      this.#probedAt = now;
      if (!this.#wire.probe()) this.#wire.cut();
    }
  }

  #isUnproved(now: number): boolean {
    if (this.#standing.provedUser !== undefined || this.#closedAt !== undefined) return false;
    return now - this.facts.connectedAt >= this.#limits.proofTimeout;
  }

  #isOverdue(now: number): boolean {
    const { messageTimeout, closingTimeout } = this.#limits;
    if (this.#closedAt !== undefined && now - this.#closedAt >= closingTimeout) return true;
    this.#unfinishedSince = this.#wire.isUnfinished ? (this.#unfinishedSince ?? now) : undefined;
    return this.#unfinishedSince !== undefined && now - this.#unfinishedSince >= messageTimeout;
  }

  onControl(): void {
    this.#count(LITTLE, this.#clock());
  }

  onMessage(octets: Buffer, isText: boolean, unframed?: Unframed): void {
    if (this.#closedAt !== undefined) return;
    const now = this.#clock();
    this.lastActiveAt = now;
    this.#unfinishedSince = undefined;
    const event = eventFor(this.facts, octets, isText, now);
    const { body = "" } = event;
    const isInTime = this.#count(costOf(body), now);
    if (this.#closedAt !== undefined) return;
    const handed = isInTime ? event : { ...event, isTooMuch: true };
    if (unframed === undefined) this.#work.run(callIdIn(body), () => this.#handle(handed));
    else this.#refuse({ ...handed, unframed }, unframed);
  }

  onEnd(code: number, reason: string): void {
    this.#ended(this, this.#end(code, reason));
  }

  /** Counts what has come against the limit of requests; far beyond it the connection is closed. Answers whether it is in it. */
  #count(cost: number, now: number): boolean {
    const { requests } = this.#limits;
    this.#spentUntil = spend(this.#spentUntil, now, requests, cost);
    if (!isOver(this.#spentUntil, now, requests)) return true;
    if (isOver(this.#spentUntil, now, requests, 2)) this.close(POLICY_VIOLATION, "too many requests");
    return false;
  }

  async #handle(event: GatewayEvent): Promise<void> {
    try {
      const { body } = await this.#handlers.message(event);
      if (body !== undefined) this.send(body);
    } catch {
      // What API Gateway sends when a function fails. On a stream it would be part of a message.
      const { connectionId, transport } = this.facts;
      if (transport === "WS" || transport === "WSS")
        this.send(
          JSON.stringify({ message: "Internal server error", connectionId, requestId: connectionId }),
        );
    }
    if (this.#standing.wrongProofs >= this.#limits.maxWrongProofs) {
      this.close(POLICY_VIOLATION, "too many wrong proofs of identity");
    }
  }

  /** The last message of a stream that nobody can read on. It ends once all that came before is answered, too. */
  #refuse(event: GatewayEvent, { reason }: Unframed): void {
    this.#work.run(callIdIn(event.body ?? ""), () => this.#handle(event));
    void this.#work.settled().then(() => this.close(PROTOCOL_ERROR, reason));
  }

  async #end(code: number, reason: string): Promise<void> {
    await this.#work.settled();
    await this.#handlers.disconnect(disconnectEvent(this.facts, code, reason, this.#clock()));
  }
}

/** Text goes as text, anything else too if it is UTF-8 (RFC 7118 §4.2), or else as Base64. */
function eventFor(facts: ConnectionFacts, data: Buffer, isText: boolean, now: number): GatewayEvent {
  if (isAscii(data)) return messageEvent(facts, data.toString("latin1"), false, now);
  if (isText || isUtf8(data)) return messageEvent(facts, data.toString(), false, now);
  return messageEvent(facts, data.toString("base64"), true, now);
}
