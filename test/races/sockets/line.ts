import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { WebSocket } from "ws";

export type Transport = "ws" | "tcp";

/** How a connection dies: politely (RFC 6455 §7.1.2), by the last word of TCP, by a reset, or at once as a process that ends. */
export type Death = "close frame" | "FIN" | "RST" | "destroyed";

/** What of these there is. */
export const DEATHS: Readonly<Record<Transport, readonly Death[]>> = {
  ws: ["close frame", "FIN", "RST", "destroyed"],
  tcp: ["FIN", "RST", "destroyed"],
};

/** A real connection to a server on this machine, and nothing but that. */
export interface Line {
  /** Octets, one per character. */
  say(text: string): void;
  /** Does not wait for the other side. */
  die(how: Death): void;
}

/** Connects; `hear` gets each message that comes. */
export function connectLine(transport: Transport, port: number, hear: (text: string) => void): Promise<Line> {
  return transport === "ws" ? webSocketLine(port, hear) : tcpLine(port, hear);
}

async function webSocketLine(port: number, hear: (text: string) => void): Promise<Line> {
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}/`, "sip", { perMessageDeflate: false });
  webSocket.on("message", (data: Buffer) => hear(data.toString("latin1")));
  const upgraded = once(webSocket, "upgrade");
  await once(webSocket, "open");
  const [{ socket }] = (await upgraded) as [{ socket: Socket }];
  // A connection that is reset says so on both sides.
  webSocket.on("error", () => {});
  return {
    say: (text) => webSocket.send(Buffer.from(text, "latin1"), { binary: false }),
    die: (how) => (how === "close frame" ? webSocket.close(1000) : end(socket, how)),
  };
}

async function tcpLine(port: number, hear: (text: string) => void): Promise<Line> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let rest = "";
  socket.on("data", (chunk) => {
    rest += chunk.toString("latin1");
    for (;;) {
      const body = rest.indexOf("\r\n\r\n") + 4;
      const end = body + Number(/\r\nContent-Length: (\d+)\r\n/.exec(rest.slice(0, body))?.[1]);
      // Also if it is not whole yet.
      if (body < 4 || !(rest.length >= end)) return;
      hear(rest.slice(0, end));
      rest = rest.slice(end);
    }
  });
  await once(socket, "connect");
  socket.on("error", () => {});
  return { say: (text) => void socket.write(text, "latin1"), die: (how) => end(socket, how) };
}

function end(socket: Socket, how: Death): void {
  if (how === "FIN") socket.end();
  else if (how === "RST") socket.resetAndDestroy();
  else socket.destroy();
}
