import type { Socket } from "node:net";
import { WebSocket } from "ws";

/** A WebSocket as a phone has it, and the ways in which networks take it from one. */
export interface Line {
  readonly isOpen: () => boolean;
  say(text: string): void;
  /** With a closing handshake. */
  close(): void;
  /** With an RST and no other word. */
  reset(): void;
  /** Open, and nobody reads: an app that its system has stopped. */
  freeze(): void;
}

/** Connects; rejects if that fails. The server is told the connection's name; `heard` gets each message, `ended` is called once. */
export async function connect(
  port: number,
  name: string,
  heard: (text: string) => void,
  ended: () => void,
): Promise<Line> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/?line=${name}`, "sip", {
    handshakeTimeout: 5_000,
    perMessageDeflate: false,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  socket.on("error", () => {});
  socket.on("message", (data: Buffer) => heard(data.toString("latin1")));
  socket.once("close", ended);
  if (socket.readyState !== WebSocket.OPEN) setImmediate(ended);
  return {
    isOpen: () => socket.readyState === WebSocket.OPEN,
    say: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => socket.close(),
    reset: () => {
      (socket as unknown as { readonly _socket?: Socket })._socket?.resetAndDestroy();
      socket.terminate();
    },
    freeze: () => socket.pause(),
  };
}
