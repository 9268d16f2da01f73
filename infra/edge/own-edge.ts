import { Server as HttpServer, type RequestListener } from "node:http";
import { Server as HttpsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { Server as TlsServer } from "node:tls";
import type { ConnectionId } from "../../functions/location/ids.ts";
import type { Transport } from "../../functions/location/transport.ts";
import type { Edge } from "../../functions/ports.ts";
import { type Certificate, tlsOptions } from "./certificate.ts";
import type { CertifiedClients } from "./client-certificate.ts";
import { type EdgeName, newEdgeName } from "./edge-name.ts";
import type { EdgeHandlers, HeldConnection } from "./held-connection.ts";
import { DEFAULT_EDGE_LIMITS, type EdgeLimits } from "./limits.ts";
import { type NetworkOf, networkOf } from "./network-of.ts";
import type { Verdict } from "./proofs.ts";
import { Registry } from "./registry.ts";
import { streamListener } from "./stream-listener.ts";
import { TRUSTS_NOBODY, type Trusts } from "./trusted.ts";
import { webSocketListener } from "./websocket-listener.ts";

export interface EdgeOptions {
  /** Answers what is not a WebSocket handshake. */
  readonly http?: RequestListener;
  readonly limits?: Partial<EdgeLimits>;
  readonly clock?: () => number;
  readonly networkOf?: NetworkOf;
  /** Which proxies are believed when they say for whom they come. */
  readonly trusts?: Trusts;
  /** Clients that are asked for a certificate over TLS, which they need not have. */
  readonly certified?: CertifiedClients | undefined;
  /**
   * What the edge is called now, as its connections' ids say. While it has no name nobody may connect (503). One of its own, as
   * long as it lives, if it is not told.
   */
  readonly edgeName?: (() => EdgeName | undefined) | undefined;
}

/** What a listener speaks; WSS and TLS need a certificate. */
interface ListenerOptions {
  readonly transport: Transport;
  readonly certificate?: Certificate | undefined;
}

const SENT = Promise.resolve("sent" as const);
const GONE = Promise.resolve("gone" as const);
const CLOSED = Promise.resolve("closed" as const);
const BACKLOG = 4_096;
/** How often the connections are looked after, in ms. */
const TENDING = 2_500;
/** "Service Restart": come back soon (IANA WebSocket close codes). */
const SERVICE_RESTART = 1_012;

/**
 * Our own edge: it holds WebSockets and streams and keeps API Gateway's contract for both, events to the handlers, messages by
 * connection id from them. It knows nothing of SIP but where a message's Call-ID stands, and where in a stream it ends.
 */
export class OwnEdge implements Edge {
  readonly #registry: Registry;
  readonly #http: RequestListener;
  readonly #trusts: Trusts;
  readonly #certified: CertifiedClients | undefined;
  readonly #servers: Server[] = [];
  #tending: NodeJS.Timeout | undefined;

  constructor(options: EdgeOptions = {}) {
    const { http, limits, clock = Date.now, networkOf: network = networkOf, trusts, edgeName } = options;
    const name = newEdgeName();
    this.#http = http ?? ((_, response) => void response.writeHead(426).end());
    this.#trusts = trusts ?? TRUSTS_NOBODY;
    this.#certified = options.certified;
    const all = { ...DEFAULT_EDGE_LIMITS, ...limits };
    this.#registry = new Registry(all, clock, network, edgeName ?? (() => name));
  }

  /**
   * Starts to accept connections, and to call the handlers for what happens on them; once for each address. Answers the port;
   * rejects if it cannot be had.
   */
  async listen(
    handlers: EdgeHandlers,
    host: string,
    port: number,
    { transport, certificate }: ListenerOptions = { transport: "WS" },
  ): Promise<number> {
    const isStream = transport === "TCP" || transport === "TLS";
    const server = isStream
      ? streamListener(this.#registry, handlers, this.#trusts, certificate, this.#certified)
      : webSocketListener(this.#registry, handlers, this.#trusts, this.#http, certificate);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, backlog: BACKLOG }, resolve);
    });
    // Whom there is no room to accept (no file descriptors) is lost, and nobody else.
    server.on("error", () => {});
    this.#servers.push(server);
    this.#tending ??= setInterval(() => this.tend(), TENDING);
    return (server.address() as AddressInfo).port;
  }

  /** From now on handshakes of TLS show this certificate. Throws if it is none, or not its key's. */
  renew(certificate: Certificate): void {
    for (const server of this.#servers) {
      if (server instanceof TlsServer || server instanceof HttpsServer)
        server.setSecureContext(tlsOptions(certificate, this.#certified?.authorities));
    }
  }

  send(to: ConnectionId, message: string): Promise<"sent" | "gone"> {
    return this.#registry.find(to)?.send(message) ? SENT : GONE;
  }

  close(connection: ConnectionId): Promise<"closed" | "gone"> {
    return this.#registry.find(connection)?.close() ? CLOSED : GONE;
  }

  proof(from: ConnectionId, user: string, verdict: Verdict): "heard" | "too many" {
    return this.#registry.proof(from, user, verdict);
  }

  /** What is known of a connection; undefined if there is no such (any more). */
  find(id: string): HeldConnection | undefined {
    return this.#registry.find(id);
  }

  get connections(): number {
    return this.#registry.size;
  }

  /** How many clients, networks and users are remembered for the limits' sake. */
  get remembered(): number {
    return this.#registry.remembered;
  }

  /** Looks after the connections; happens by itself now and then. */
  tend(): void {
    this.#registry.tend();
  }

  /** Ends every connection at once, and tells its client to come back. */
  dismiss(): void {
    this.#registry.terminate(SERVICE_RESTART);
  }

  /** Tells every client to come back later, and ends when the end of every connection has been handled. */
  async stop(): Promise<void> {
    clearInterval(this.#tending);
    const closed = this.#servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    this.#registry.stop();
    this.dismiss();
    for (const server of this.#servers) {
      if (server instanceof HttpServer || server instanceof HttpsServer) server.closeAllConnections();
    }
    await Promise.all(closed);
    await this.#registry.ended();
  }
}
