import type { Server, Socket } from "node:net";
import { proxyHeaderIn } from "./proxy-header.ts";
import { nameOf, peerOf, type Source } from "./source.ts";
import type { Trusts } from "./trusted.ts";

/**
 * Where the connections of a server come from, where proxies bring them that say so by the PROXY protocol. Others than
 * the trusted ones are not asked: what they send is theirs.
 */
export class Sources {
  readonly #trusts: Trusts;
  readonly #timeout: number;
  /** Of connections that a proxy has brought: by the proxy's end of them, which is the same for TLS and for what it carries. */
  readonly #told = new Map<string, Source>();

  /** A proxy has `timeout` ms to say for whom it comes. */
  constructor(trusts: Trusts, timeout: number) {
    this.#trusts = trusts;
    this.#timeout = timeout;
  }

  of(socket: Socket): Source {
    return (this.#told.size > 0 && this.#told.get(nameOf(socket))) || peerOf(socket);
  }

  /** Has the server hear of a connection only when it is known where that comes from. To be called before it listens. */
  standBefore(server: Server): void {
    const listeners = server.listeners("connection");
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) => {
      const handOver = () => {
        for (const listener of listeners) listener.call(server, socket);
      };
      if (this.#trusts(peerOf(socket).address)) this.#ask(socket, handOver);
      else handOver();
    });
  }

  /** Takes the header off the connection, if there is one. */
  #ask(socket: Socket, handOver: () => void): void {
    let octets: Buffer = Buffer.alloc(0);
    const giveUp = () => socket.destroy();
    const timer = setTimeout(giveUp, this.#timeout);
    socket.on("error", giveUp);
    const done = () => {
      clearTimeout(timer);
      socket.off("readable", onReadable);
      socket.off("close", done);
      socket.off("error", giveUp);
    };
    const onReadable = () => {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return;
      octets = Buffer.concat([octets, chunk]);
      const header = proxyHeaderIn(octets);
      if (header === "more") return;
      done();
      if (header === "broken") {
        giveUp();
        return;
      }
      const { length, source } = header === "none" ? { length: 0, source: undefined } : header;
      if (source !== undefined) this.#remember(socket, source);
      if (length < octets.length) socket.unshift(octets.subarray(length));
      // The socket leaves the mode that it was read in with the next tick.
      process.nextTick(handOver);
    };
    socket.on("readable", onReadable);
    socket.once("close", done);
  }

  #remember(socket: Socket, source: Source): void {
    const name = nameOf(socket);
    this.#told.set(name, source);
    socket.once("close", () => this.#told.delete(name));
  }
}
