import { createServer, type Server, type Socket } from "node:net";
import { createServer as createSecureServer, type Server as SecureServer, TLSSocket } from "node:tls";
import { accepted, isAccepted } from "./accepted.ts";
import { type Certificate, tlsOptions } from "./certificate.ts";
import { type CertifiedClients, certificateOf } from "./client-certificate.ts";
import { type ConnectionFacts, connectEvent } from "./event.ts";
import type { EdgeHandlers } from "./held-connection.ts";
import type { Registry } from "./registry.ts";
import { nameOf } from "./source.ts";
import { Sources } from "./sources.ts";
import type { Standing } from "./standing.ts";
import { StreamWire } from "./stream-wire.ts";
import type { Trusts } from "./trusted.ts";

/** A connection that was let in, as far as its address goes. */
interface Entered {
  readonly facts: ConnectionFacts;
  readonly standing: Standing;
}

/**
 * A server of SIP over TCP, or over TLS if it has a certificate (RFC 3261 §18), whose connections are brought to the registry. It
 * does not listen yet. Who is not let in is cut off: there is no request yet that could be answered.
 */
export function streamListener(
  registry: Registry,
  handlers: EdgeHandlers,
  trusts: Trusts,
  certificate: Certificate | undefined,
  certified?: CertifiedClients,
): Server {
  const { limits } = registry;
  const sources = new Sources(trusts, limits.headersTimeout);

  const enter = (socket: Socket): Entered | undefined => {
    const transport = certificate === undefined ? "TCP" : "TLS";
    const { address, port } = sources.of(socket);
    const facts: ConnectionFacts = {
      connectionId: registry.newId(transport),
      transport,
      connectedAt: registry.clock(),
      sourceIp: address,
      sourcePort: port,
      userAgent: "",
      domainName: "",
    };
    const standing = registry.enter(facts, socket);
    if (!("statusCode" in standing)) return { facts, standing };
    socket.destroy();
    return undefined;
  };

  const serve = async (socket: Socket, { facts, standing }: Entered): Promise<void> => {
    socket.on("error", () => socket.destroy());
    const shown = certified && socket instanceof TLSSocket ? certificateOf(socket, certified) : undefined;
    const result = await accepted(handlers, connectEvent(facts, {}, facts.connectedAt, "", shown));
    if (socket.destroyed) return;
    if (!registry.mayHold(facts.connectionId) || !isAccepted(result)) return void socket.destroy();
    // Who was let in by a certificate has proved enough.
    standing.provedUser = result.context?.["aor"];
    const wire = new StreamWire(socket, limits);
    registry.hold({ ...facts, authorizer: result.context }, standing, wire, handlers);
  };

  const server =
    certificate === undefined ? overTcp(enter, serve) : overTls(enter, serve, certificate, limits, certified);
  sources.standBefore(server);
  return server;
}

type Enter = (socket: Socket) => Entered | undefined;
type Serve = (socket: Socket, entered: Entered) => Promise<void>;

function overTcp(enter: Enter, serve: Serve): Server {
  return createServer((socket) => {
    const entered = enter(socket);
    if (entered !== undefined) void serve(socket, entered);
  });
}

/** Connections count from their first octet, before their handshake: that is what costs. */
function overTls(
  enter: Enter,
  serve: Serve,
  certificate: Certificate,
  { headersTimeout }: { readonly headersTimeout: number },
  certified: CertifiedClients | undefined,
): SecureServer {
  const server = createSecureServer({
    ...tlsOptions(certificate, certified?.authorities),
    handshakeTimeout: headersTimeout,
    // Whoever has none, or another's, is a client like any other.
    requestCert: certified !== undefined,
    rejectUnauthorized: false,
  });
  /** Of those that shake hands, by their other end: the socket that comes out is not the one that came in. */
  const shaking = new Map<string, Entered>();
  const shakeHands = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const entered = enter(socket);
    if (entered === undefined) return;
    const name = nameOf(socket);
    shaking.set(name, entered);
    socket.once("close", () => shaking.delete(name));
    for (const listener of shakeHands) listener.call(server, socket);
  });
  server.on("secureConnection", (socket) => {
    const entered = shaking.get(nameOf(socket));
    if (entered === undefined) return void socket.destroy();
    shaking.delete(nameOf(socket));
    void serve(socket, entered);
  });
  server.on("tlsClientError", (_, socket) => void socket.destroy());
  return server;
}
