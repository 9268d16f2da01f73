import { once } from "node:events";
import { WebSocket } from "ws";
import type { GatewayEvent, GatewayResult } from "../../functions/gateway/event.ts";
import type { ConnectionId } from "../../functions/location/ids.ts";
import type { EdgeHandlers } from "../../infra/edge/held-connection.ts";
import { type EdgeOptions, OwnEdge } from "../../infra/edge/own-edge.ts";

/** What came, in order, and a promise for the next. */
export class Mailbox<Item> {
  readonly all: Item[] = [];
  readonly #waiting: ((item: Item) => void)[] = [];
  #taken = 0;

  put(item: Item): void {
    this.all.push(item);
    const taker = this.#waiting.shift();
    if (taker !== undefined) {
      this.#taken++;
      taker(item);
    }
  }

  /** The oldest item that was not taken yet, as soon as there is one. */
  take(): Promise<Item> {
    const item = this.all[this.#taken];
    if (item === undefined) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#taken++;
    return Promise.resolve(item);
  }
}

/** An edge that listens on loopback, and what it told its handlers. */
export interface TestEdge {
  readonly edge: OwnEdge;
  readonly port: number;
  readonly connects: Mailbox<GatewayEvent>;
  readonly messages: Mailbox<GatewayEvent>;
  readonly disconnects: Mailbox<GatewayEvent>;
}

const OK: GatewayResult = { statusCode: 200 };
const ACCEPTED: GatewayResult = { statusCode: 200, headers: { "Sec-WebSocket-Protocol": "sip" } };

/** Starts an edge. Handlers that are not given accept everything and answer nothing. */
export async function startEdge(
  options: EdgeOptions = {},
  handlers: Partial<EdgeHandlers> = {},
  transport: "WS" | "TCP" = "WS",
): Promise<TestEdge> {
  const edge = new OwnEdge(options);
  const connects = new Mailbox<GatewayEvent>();
  const messages = new Mailbox<GatewayEvent>();
  const disconnects = new Mailbox<GatewayEvent>();
  const told = (mailbox: Mailbox<GatewayEvent>, handle: EdgeHandlers["message"]) => (event: GatewayEvent) => {
    mailbox.put(event);
    return handle(event);
  };
  const recording = {
    connect: told(connects, handlers.connect ?? (async () => ACCEPTED)),
    message: told(messages, handlers.message ?? (async () => OK)),
    disconnect: told(disconnects, handlers.disconnect ?? (async () => OK)),
  };
  const port = await edge.listen(recording, "127.0.0.1", 0, { transport });
  return { edge, port, connects, messages, disconnects };
}

/** A WebSocket client that the edge has accepted, the messages it was sent, and the id it has there. */
export interface Client {
  readonly socket: WebSocket;
  readonly id: ConnectionId;
  /** Text as a string, binary as a Buffer. */
  readonly received: Mailbox<string | Buffer>;
}

export async function connectClient({ port, connects }: TestEdge, autoPong = true): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, "sip", { autoPong });
  const received = new Mailbox<string | Buffer>();
  socket.on("message", (data, isBinary) => received.put(isBinary ? (data as Buffer) : data.toString()));
  // What ends a connection is told by its close.
  socket.on("error", () => {});
  const [event] = await Promise.all([connects.take(), once(socket, "open")]);
  return { socket, id: idOf(event), received };
}

export function idOf(event: GatewayEvent): ConnectionId {
  return event.requestContext.connectionId as ConnectionId;
}

/** When everything that the client has sent so far, pongs included, has come to the edge, and the edge still holds it. */
export async function roundTrip({ socket }: Client): Promise<void> {
  socket.ping();
  await once(socket, "pong");
}

/** How a client's connection ends. */
export async function closing({ socket }: Client): Promise<{ code: number; reason: string }> {
  const [code, reason] = await once(socket, "close");
  return { code: code as number, reason: String(reason) };
}
