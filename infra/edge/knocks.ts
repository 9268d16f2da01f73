import type { Server, Socket } from "node:net";
import { nameOf } from "./source.ts";

/**
 * The connections of an HTTP server over which nobody has asked for a WebSocket yet: handshakes of TLS and of HTTP, and pages. A network may
 * have so many of them at once; one too many is cut off, since there is no request yet that could be answered.
 */
export class Knocks {
  readonly #most: number;
  /** By the other end, from which network. */
  readonly #open = new Map<string, string>();
  readonly #from = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Has the server hear of nobody who is one too many. Where `networkOf` cannot tell clients apart, it answers undefined. */
  standBefore(server: Server, networkOf: (socket: Socket) => string | undefined): void {
    const listeners = server.listeners("connection");
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) => {
      const network = networkOf(socket);
      if (network !== undefined && !this.#enter(network, nameOf(socket), socket))
        return void socket.destroy();
      for (const listener of listeners) listener.call(server, socket);
    });
  }

  /** Somebody has asked: from now on it is counted with the WebSockets. The socket may be the one of TLS. */
  answered(socket: Socket): void {
    this.#leave(nameOf(socket));
  }

  #enter(network: string, name: string, socket: Socket): boolean {
    const others = this.#from.get(network) ?? 0;
    if (others >= this.#most) return false;
    this.#open.set(name, network);
    this.#from.set(network, others + 1);
    socket.once("close", () => this.#leave(name));
    return true;
  }

  #leave(name: string): void {
    const network = this.#open.get(name);
    if (network === undefined) return;
    this.#open.delete(name);
    const others = (this.#from.get(network) ?? 0) - 1;
    if (others > 0) this.#from.set(network, others);
    else this.#from.delete(network);
  }
}
