import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A WebSocket client that minds no rules: a TCP connection on which the test writes what it likes. */
export interface RawClient {
  readonly socket: Socket;
  /** What the edge answered to the handshake. */
  readonly handshake: string;
}

/** Shakes hands for the subprotocol. The socket stays open for writing even if the edge ends it. */
export async function rawClient(port: number, subprotocol = "sip"): Promise<RawClient> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  // A reset is what some of the tests are about.
  socket.on("error", () => {});
  socket.write(
    [
      "GET / HTTP/1.1",
      `Host: 127.0.0.1:${port}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      `Sec-WebSocket-Protocol: ${subprotocol}`,
      "\r\n",
    ].join("\r\n"),
  );
  const [answer] = await once(socket, "data");
  return { socket, handshake: String(answer) };
}

export const TEXT = 0x1;
export const PING = 0x9;
export const PONG = 0xa;

/** A client's frame (RFC 6455 §5.2) with a masking key of zeros, which changes nothing. */
export function frame(opcode: number, payload: string, fin = true): Buffer {
  const { length } = payload;
  if (length > 125) throw new Error("longer frames are not needed");
  const head = Buffer.from([(fin ? 0x80 : 0) | opcode, 0x80 | length, 0, 0, 0, 0]);
  return Buffer.concat([head, Buffer.from(payload, "latin1")]);
}
