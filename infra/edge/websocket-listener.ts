import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  STATUS_CODES,
} from "node:http";
import { createServer as createSecureServer, type Server as SecureServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { GatewayResult } from "../../functions/gateway/event.ts";
import { accepted, isAccepted } from "./accepted.ts";
import { type Certificate, tlsOptions } from "./certificate.ts";
import { type ConnectionFacts, connectEvent } from "./event.ts";
import { forwardedFor } from "./forwarded-for.ts";
import type { EdgeHandlers } from "./held-connection.ts";
import { Knocks } from "./knocks.ts";
import type { Registry } from "./registry.ts";
import { Sources } from "./sources.ts";
import type { Trusts } from "./trusted.ts";
import { WebSocketWire } from "./websocket-wire.ts";

/** Of a listener, how often it looks for handshakes that take too long, in ms. */
const CHECKING = 2_500;

/**
 * A server of HTTP, over TLS if it has a certificate, whose WebSockets are brought to the registry; `http` answers what is
 * no WebSocket handshake. It does not listen yet.
 */
export function webSocketListener(
  registry: Registry,
  handlers: EdgeHandlers,
  trusts: Trusts,
  http: RequestListener,
  certificate: Certificate | undefined,
): Server | SecureServer {
  const { headersTimeout, maxMessage, maxFragments, maxBufferedChunks } = registry.limits;
  const options = {
    headersTimeout,
    requestTimeout: 2 * headersTimeout,
    connectionsCheckingInterval: CHECKING,
  };
  const server =
    certificate === undefined
      ? createServer(options)
      : createSecureServer({ ...options, ...tlsOptions(certificate), handshakeTimeout: headersTimeout });
  // Whoever asks for pages and does not read them. A WebSocket is looked after by its ping.
  server.setTimeout(2 * headersTimeout);
  const subprotocols = new WeakMap<IncomingMessage, string>();
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessage,
    maxFragments,
    maxBufferedChunks,
    handleProtocols: (_, request) => subprotocols.get(request) ?? false,
  });
  const sources = new Sources(trusts, headersTimeout);
  const knocks = new Knocks(registry.limits.maxPerAddress);
  knocks.standBefore(server, (socket) => {
    const { address } = sources.of(socket);
    // Of a proxy that says for whom it comes with each request it is not known yet.
    return trusts(address) ? undefined : registry.networkOf(address);
  });
  sources.standBefore(server);

  const factsOf = ({ headers }: IncomingMessage, socket: Socket): ConnectionFacts => {
    const transport = certificate === undefined ? "WS" : "WSS";
    const { address, port } = forwardedFor(sources.of(socket), headers, trusts);
    return {
      connectionId: registry.newId(transport),
      transport,
      connectedAt: registry.clock(),
      sourceIp: address,
      sourcePort: port,
      userAgent: headers["user-agent"] ?? "",
      domainName: headers.host ?? "",
    };
  };

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    // Until the WebSocket takes over, nobody else listens for the socket's end.
    socket.on("error", giveUp);
    knocks.answered(socket as Socket);
    const facts = factsOf(request, socket as Socket);
    const standing = registry.enter(facts, socket);
    if ("statusCode" in standing) {
      const { statusCode, retryAfter } = standing;
      return refuse(socket, { statusCode, headers: { "Retry-After": `${retryAfter}` } });
    }
    const { headers, url } = request;
    const result = await accepted(handlers, connectEvent(facts, headers, facts.connectedAt, url));
    if (socket.destroyed) return;
    if (!registry.mayHold(facts.connectionId)) return refuse(socket, { statusCode: 503 });
    if (!isAccepted(result)) return refuse(socket, result);
    // Who was let in by a token has proved enough.
    standing.provedUser = result.context?.["aor"];
    const subprotocol = result.headers?.["Sec-WebSocket-Protocol"];
    if (subprotocol !== undefined) subprotocols.set(request, subprotocol);
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const wire = new WebSocketWire(webSocket, socket as Socket);
      registry.hold({ ...facts, authorizer: result.context }, standing, wire, handlers);
    });
  };
  server.on("request", http);
  server.on("upgrade", (request, socket, head) => void upgrade(request, socket, head));
  return server;
}

/** One for all connections: it stays with each as long as that lasts. */
function giveUp(this: Duplex): void {
  this.destroy();
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
