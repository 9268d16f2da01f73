import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  STATUS_CODES,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { GatewayResult } from "../../functions/gateway/event.ts";
import type { ConnectionId } from "../../functions/location/ids.ts";
import type { Edge } from "../../functions/ports.ts";
import { Admission } from "./admission.ts";
import { type EdgeName, newConnectionId, newEdgeName } from "./edge-name.ts";
import { type ConnectionFacts, connectEvent } from "./event.ts";
import { type EdgeHandlers, HeldConnection } from "./held-connection.ts";
import { DEFAULT_EDGE_LIMITS, type EdgeLimits } from "./limits.ts";
import { type NetworkOf, networkOf } from "./network-of.ts";
import { Outbox } from "./outbox.ts";
import { Proofs, type Verdict } from "./proofs.ts";
import type { Standing } from "./standing.ts";

export interface EdgeOptions {
  /** Answers what is not a WebSocket handshake. */
  readonly http?: RequestListener;
  readonly limits?: Partial<EdgeLimits>;
  readonly clock?: () => number;
  readonly networkOf?: NetworkOf;
  /**
   * What the edge is called now, as its connections' ids say. While it has no name nobody may connect (503). One of its own, as
   * long as it lives, if it is not told.
   */
  readonly edgeName?: (() => EdgeName | undefined) | undefined;
}

const SENT = Promise.resolve("sent" as const);
const GONE = Promise.resolve("gone" as const);
const CLOSED = Promise.resolve("closed" as const);
const BACKLOG = 4_096;
/** How often the connections are looked after, in ms. */
const TENDING = 2_500;
/** "Service Restart": come back soon (IANA WebSocket close codes). */
const SERVICE_RESTART = 1_012;
/** What whoever is refused for others' sake, or for having come too often, is told to wait, in s. */
const RETRY_AFTER = { "Retry-After": "30" };

/**
 * Our own edge: it holds WebSockets and keeps API Gateway's contract, events to the handlers, messages by connection
 * id from them. It knows nothing of SIP but where a frame's Call-ID stands.
 */
export class WebSocketEdge implements Edge {
  readonly #held = new Map<string, HeldConnection>();
  /** Of those that are held, and of those that still shake hands. */
  readonly #standings = new Map<string, Standing>();
  /** A promise for each connection whose end has not been handled yet. */
  readonly #unended = new Set<Promise<void>>();
  readonly #limits: EdgeLimits;
  readonly #clock: () => number;
  readonly #outbox = new Outbox();
  readonly #networkOf: NetworkOf;
  readonly #admission: Admission;
  readonly #proofs: Proofs;
  readonly #server: Server;
  readonly #webSockets: WebSocketServer;
  readonly #subprotocols = new WeakMap<IncomingMessage, string>();
  readonly #edgeName: () => EdgeName | undefined;
  #handlers: EdgeHandlers | undefined;
  #tending: NodeJS.Timeout | undefined;
  #isClosing = false;

  constructor(options: EdgeOptions = {}) {
    const { http, limits, clock = Date.now, networkOf: network = networkOf, edgeName } = options;
    const name = newEdgeName();
    this.#edgeName = edgeName ?? (() => name);
    this.#limits = { ...DEFAULT_EDGE_LIMITS, ...limits };
    this.#clock = clock;
    this.#networkOf = network;
    this.#admission = new Admission(this.#limits);
    this.#proofs = new Proofs(this.#limits);
    const { headersTimeout, maxMessage, maxFragments, maxBufferedChunks } = this.#limits;
    const requestTimeout = 2 * headersTimeout;
    this.#server = createServer({ headersTimeout, requestTimeout, connectionsCheckingInterval: TENDING });
    this.#server.on("request", http ?? ((_, response) => void response.writeHead(426).end()));
    this.#server.on("upgrade", (request, socket, head) => void this.#upgrade(request, socket, head));
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: maxMessage,
      maxFragments,
      maxBufferedChunks,
      handleProtocols: (_, request) => this.#subprotocols.get(request) ?? false,
    });
  }

  /** Starts to accept connections and to call the handlers. Answers the port; rejects if it cannot be had. */
  async listen(handlers: EdgeHandlers, host: string, port: number): Promise<number> {
    this.#handlers = handlers;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port, backlog: BACKLOG }, resolve);
    });
    this.#tending = setInterval(() => this.tend(), TENDING);
    return (this.#server.address() as AddressInfo).port;
  }

  send(to: ConnectionId, message: string): Promise<"sent" | "gone"> {
    return this.#held.get(to)?.send(message) ? SENT : GONE;
  }

  close(connection: ConnectionId): Promise<"closed" | "gone"> {
    return this.#held.get(connection)?.close() ? CLOSED : GONE;
  }

  proof(from: ConnectionId, user: string, verdict: Verdict): "heard" | "too many" {
    const standing = this.#standings.get(from);
    return standing === undefined ? "heard" : this.#proofs.heard(standing, user, verdict, this.#clock());
  }

  /** What is known of a connection; undefined if there is no such (any more). */
  find(id: string): HeldConnection | undefined {
    return this.#held.get(id);
  }

  get connections(): number {
    return this.#held.size;
  }

  /** How many clients, networks and users are remembered for the limits' sake. */
  get remembered(): number {
    return this.#standings.size + this.#admission.size + this.#proofs.size;
  }

  /** Tells every client to come back later, and ends when the end of every connection has been handled. */
  async stop(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#tending);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.dismiss();
    this.#server.closeAllConnections();
    await closed;
    await Promise.all(this.#unended);
  }

  /** Ends every connection at once, and tells its client to come back. */
  dismiss(): void {
    for (const connection of this.#held.values()) connection.terminate(SERVICE_RESTART);
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Until the WebSocket takes over, nobody else listens for the socket's end.
    socket.on("error", () => socket.destroy());
    const name = this.#edgeName();
    if (name === undefined) return refuse(socket, { statusCode: 503, headers: RETRY_AFTER });
    const facts = this.#factsOf(name, request, socket as Socket);
    const network = this.#networkOf(request);
    const entry = this.#admission.enter(network, facts.connectedAt);
    if (entry !== "in") return refuse(socket, { statusCode: entry, headers: RETRY_AFTER });
    const standing: Standing = { network, provedUser: undefined, wrongProofs: 0 };
    this.#standings.set(facts.connectionId, standing);
    // However it ends: refused by us or by `ws`, given up by the client, or after a long life.
    socket.once("close", () => {
      this.#standings.delete(facts.connectionId);
      this.#admission.leave(network);
    });
    const result = await this.#accept(facts, request);
    if (socket.destroyed) return;
    if (this.#isClosing || this.#edgeName() !== name) return refuse(socket, { statusCode: 503 });
    if (result.statusCode < 200 || result.statusCode > 299) return refuse(socket, result);
    // Who was let in by a token has proved enough.
    standing.provedUser = result.context?.["aor"];
    const subprotocol = result.headers?.["Sec-WebSocket-Protocol"];
    if (subprotocol !== undefined) this.#subprotocols.set(request, subprotocol);
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = new HeldConnection(
        { ...facts, authorizer: result.context },
        standing,
        webSocket,
        socket as Socket,
        {
          handlers: this.#handlersSet(),
          limits: this.#limits,
          clock: this.#clock,
          outbox: this.#outbox,
        },
      );
      this.#held.set(facts.connectionId, connection);
      const ended = new Promise<void>((resolve) => {
        connection.onClose((handling) => {
          this.#held.delete(facts.connectionId);
          resolve(handling);
        });
      });
      this.#unended.add(ended);
      void ended.then(() => this.#unended.delete(ended));
    });
  }

  /** `$connect`. An exception there is a 502, as on API Gateway. */
  async #accept(facts: ConnectionFacts, { headers, url }: IncomingMessage): Promise<GatewayResult> {
    try {
      return await this.#handlersSet().connect(connectEvent(facts, headers, facts.connectedAt, url));
    } catch {
      return { statusCode: 502 };
    }
  }

  #handlersSet(): EdgeHandlers {
    if (this.#handlers === undefined) throw new Error("the edge does not listen yet");
    return this.#handlers;
  }

  #factsOf(name: EdgeName, { headers }: IncomingMessage, socket: Socket): ConnectionFacts {
    return {
      connectionId: newConnectionId(name),
      connectedAt: this.#clock(),
      sourceIp: socket.remoteAddress ?? "",
      userAgent: headers["user-agent"] ?? "",
      domainName: headers.host ?? "",
    };
  }

  /** Looks after the connections, and forgets whose limits are no longer of interest; happens by itself now and then. */
  tend(): void {
    for (const connection of this.#held.values()) connection.tend();
    const now = this.#clock();
    this.#admission.forget(now);
    this.#proofs.forget(now);
  }
}

function refuse(socket: Duplex, { statusCode, headers, body = "" }: GatewayResult): void {
  const reason = STATUS_CODES[statusCode] ?? "Refused";
  const retryAfter = headers?.["Retry-After"];
  const retry = retryAfter === undefined ? "" : `Retry-After: ${retryAfter}\r\n`;
  const head = `HTTP/1.1 ${statusCode} ${reason}\r\nConnection: close\r\nContent-Type: text/plain\r\n${retry}`;
  // Nobody reads what a refused client still says, its end included.
  socket.once("finish", () => socket.destroy());
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
