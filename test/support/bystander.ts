import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { onTestFinished } from "vitest";

/** Somebody who listens on loopback, by TCP and UDP, and counts who comes. */
export async function bystander() {
  const visits: string[] = [];
  const server = createServer((socket) => {
    visits.push("TCP");
    socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const datagrams: Socket = createSocket("udp4", () => visits.push("UDP"));
  datagrams.bind(port, "127.0.0.1");
  await once(datagrams, "listening");
  onTestFinished(() => {
    server.close();
    datagrams.close();
  });
  return { visits, at: `127.0.0.1:${port}`, port };
}
