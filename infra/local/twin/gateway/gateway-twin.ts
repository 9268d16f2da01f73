import { createServer, type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { Dice } from "../dice.ts";
import type { TwinFaults } from "../faults.ts";
import type { Invoke } from "../invoke.ts";
import { arnOf } from "../place.ts";
import type { PackagedApi, Route } from "../template/api-in.ts";
import { authorize } from "./authorize.ts";
import { GatewayConnection } from "./connection.ts";
import { type ConnectionFacts, connectEvent, disconnectEvent, handshakeOf, messageEvent } from "./events.ts";
import { gatewayId } from "./ids.ts";
import { GATEWAY_LIMITS, type GatewayLimits } from "./limits.ts";
import { management } from "./management.ts";

export interface GatewayTwinOptions {
  readonly api: PackagedApi;
  readonly invoke: Invoke;
  readonly dice: Dice;
  readonly faults: () => TwinFaults;
  readonly limits?: Partial<GatewayLimits>;
  readonly clock: () => number;
}

interface Answer {
  readonly statusCode?: unknown;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/**
 * API Gateway's WebSocket API on loopback, as far as functions and clients can tell. Every message is an invocation of its own, at once
 * and at the same time as others: nothing is kept in order. Clients may connect at `/STAGE` and, as behind a custom domain, at `/`.
 */
export class GatewayTwin {
  readonly #options: GatewayTwinOptions;
  readonly #limits: GatewayLimits;
  readonly #server: Server;
  readonly #webSockets: WebSocketServer;
  readonly #subprotocols = new WeakMap<IncomingMessage, string>();
  readonly #held = new Map<string, GatewayConnection>();
  /** Timers of what is held back. */
  readonly #later = new Set<NodeJS.Timeout>();
  /** What functions still do for connections that have ended. */
  readonly #endings = new Set<Promise<unknown>>();
  #drained: (() => void) | undefined;
  #heard = 0;
  #isClosing = false;

  constructor(options: GatewayTwinOptions) {
    this.#options = options;
    this.#limits = { ...GATEWAY_LIMITS, ...options.limits };
    const { api, dice, faults } = options;
    const find = (id: string) => {
      const connection = this.#held.get(id);
      return connection?.isOpen ? connection : undefined;
    };
    const holder = {
      find,
      send: async (id: string, message: string) => {
        const connection = find(id);
        connection?.send(message);
        return connection === undefined ? ("gone" as const) : ("sent" as const);
      },
      close: async (id: string) => {
        const connection = find(id);
        connection?.close("deleted");
        return connection === undefined ? ("gone" as const) : ("closed" as const);
      },
    };
    const isFull = (id: string) => find(id)?.isFull ?? false;
    this.#server = createServer(management({ stage: api.stage, holder, isFull, dice, faults }));
    this.#server.on("upgrade", (request, socket, head) => void this.#upgrade(request, socket, head));
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: this.#limits.maxMessage,
      handleProtocols: (_, request) => this.#subprotocols.get(request) ?? false,
    });
  }

  /** Answers the port. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port }, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Those that have ended count until their `$disconnect` has been handled, unless that comes late or never. */
  get connections(): number {
    return this.#held.size + this.#endings.size;
  }

  /** How many messages clients have sent. */
  get heard(): number {
    return this.#heard;
  }

  /** How many messages and ends are held back. */
  get heldBack(): number {
    return this.#later.size;
  }

  /** Takes no more clients, and ends the connections. */
  async hangUp(): Promise<void> {
    this.#isClosing = true;
    await this.endAll();
  }

  /** Ends the connections that there are. Their `$disconnect`s are invoked; what is held back is forgotten. */
  async endAll(): Promise<void> {
    if (this.#held.size > 0) {
      const drained = new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
      for (const connection of this.#held.values()) connection.terminate();
      await drained;
    }
    for (const timer of this.#later) clearTimeout(timer);
    this.#later.clear();
  }

  /** After `hangUp`, and once nobody uses `@connections` any more. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Until the WebSocket takes over, nobody else listens for the socket's end.
    socket.on("error", () => socket.destroy());
    const transport = socket as Socket;
    const { api, clock } = this.#options;
    const { pathname } = new URL(request.url ?? "/", "http://twin");
    if (this.#isClosing || (pathname !== "/" && pathname.replace(/\/$/, "") !== `/${api.stage}`)) {
      return refuse(socket, 403);
    }
    const now = clock();
    const sourceIp = transport.remoteAddress ?? "";
    const handshake = handshakeOf(request, sourceIp, now);
    const asked: ConnectionFacts = {
      connectionId: gatewayId(),
      connectedAt: now,
      sourceIp,
      userAgent: request.headers["user-agent"],
      domainName: request.headers.host ?? "",
      apiId: api.apiId,
      stage: api.stage,
      authorizer: undefined,
    };
    let facts = asked;
    if (api.authorizer !== undefined) {
      const arn = arnOf("execute-api", `${api.apiId}/${api.stage}/$connect`);
      const verdict = await authorize(api.authorizer, asked, handshake, arn, this.#options.invoke);
      if (typeof verdict === "number") return refuse(socket, verdict);
      facts = { ...asked, authorizer: verdict };
    }
    const route = api.routes.get("$connect");
    const answer = route && (await this.#answerOf(route, connectEvent(facts, handshake, now)));
    const status = answer === "failed" ? 502 : Number(answer?.statusCode ?? 200);
    if (answer === "failed" || status < 200 || status > 299) return refuse(socket, status);
    if (socket.destroyed) return;
    const subprotocol = headerIn(answer, "sec-websocket-protocol");
    if (subprotocol !== undefined) this.#subprotocols.set(request, subprotocol);
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = new GatewayConnection(facts, webSocket, transport, this.#limits, {
        message: (from, text) => this.#onMessage(from, text),
        closed: (ended, code, reason) => this.#onClosed(ended, code, reason),
      });
      this.#held.set(facts.connectionId, connection);
    });
  }

  #onMessage(connection: GatewayConnection, text: string): void {
    this.#heard++;
    const { dice, faults } = this.#options;
    const { reordered, heldBack } = faults();
    const wait = dice("reorder") < reordered ? dice("hold back") * heldBack : 0;
    this.#after(wait, () => void this.#handle(connection, text));
  }

  async #handle(connection: GatewayConnection, text: string): Promise<void> {
    const { api, clock } = this.#options;
    const route = api.routes.get("$default");
    const event = messageEvent(connection.facts, text, clock());
    const say = (words: string) => {
      const { connectionId, requestId } = event.requestContext;
      const frame = `{"message": ${JSON.stringify(words)}, "connectionId":"${connectionId}", "requestId":"${requestId}"}`;
      if (connection.isOpen) connection.send(frame);
    };
    if (route === undefined) return say("Forbidden");
    const answer = await this.#answerOf(route, event);
    if (answer === "failed") return say("Internal server error");
    if (route.isTwoWay && typeof answer.body === "string" && connection.isOpen) {
      connection.send(Buffer.from(answer.body).toString("latin1"));
    }
  }

  #onClosed(connection: GatewayConnection, code: number, reason: string): void {
    this.#held.delete(connection.facts.connectionId);
    if (this.#held.size === 0) this.#drained?.();
    const { api, clock, dice, faults } = this.#options;
    const route = api.routes.get("$disconnect");
    const { droppedDisconnects, lateDisconnects, disconnectDelay } = faults();
    if (route === undefined || dice("drop disconnect") < droppedDisconnects) return;
    const wait = dice("late disconnect") < lateDisconnects ? dice("disconnect delay") * disconnectDelay : 0;
    const event = disconnectEvent(connection.facts, code, reason, clock());
    this.#after(wait, () => {
      const ending = this.#answerOf(route, event);
      this.#endings.add(ending);
      void ending.then(() => this.#endings.delete(ending));
    });
  }

  /** What the function says; "failed" if it throws or takes too long. */
  async #answerOf({ function: name }: Route, event: unknown): Promise<Answer | "failed"> {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<"failed">((resolve) => {
      timer = setTimeout(() => resolve("failed"), this.#limits.integration);
    });
    try {
      return await Promise.race([tooLong, this.#options.invoke(name, event) as Promise<Answer>]);
    } catch {
      return "failed";
    } finally {
      clearTimeout(timer);
    }
  }

  #after(ms: number, work: () => void): void {
    if (ms === 0) {
      work();
    } else {
      const timer = setTimeout(() => {
        this.#later.delete(timer);
        work();
      }, ms);
      this.#later.add(timer);
    }
  }
}

/** The value of a header of an answer, whose name is in any case. */
function headerIn(answer: Answer | undefined, name: string): string | undefined {
  const [, value] = Object.entries(answer?.headers ?? {}).find(([key]) => key.toLowerCase() === name) ?? [];
  return value === undefined ? undefined : String(value);
}

function refuse(socket: Duplex, status: number): void {
  socket.once("finish", () => socket.destroy());
  const reason = STATUS_CODES[status] ?? "Refused";
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
