import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A port that leads to another one, until its connections are lost. */
export interface Network {
  readonly port: number;
  leadTo(port: number): void;
  /** Cuts all connections that lead over it; new ones can be made. */
  lose(): void;
}

/** A network to be lost; it ends with the test. */
export async function network(): Promise<Network> {
  const sockets = new Set<Socket>();
  let target = 0;
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const lose = () => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(() => {
    server.close();
    lose();
  });
  return {
    port: (server.address() as AddressInfo).port,
    leadTo: (port: number) => {
      target = port;
    },
    lose,
  };
}
