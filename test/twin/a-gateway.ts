import { once } from "node:events";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { seededDice } from "../../infra/local/twin/dice.ts";
import { NO_FAULTS, type TwinFaults } from "../../infra/local/twin/faults.ts";
import { GatewayTwin } from "../../infra/local/twin/gateway/gateway-twin.ts";
import type { GatewayLimits } from "../../infra/local/twin/gateway/limits.ts";
import type { Authorizer } from "../../infra/local/twin/template/api-in.ts";
import { Mailbox } from "../edge/an-edge.ts";

/** An event, as far as tests read it. */
export interface Event {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly requestContext: {
    readonly connectionId: string;
    readonly requestId: string;
    readonly [name: string]: unknown;
  };
}

type Handler = (event: Event) => Promise<unknown>;

/** Functions by name: `connect`, `message`, `disconnect`, `authorizer`. */
export interface Handlers {
  readonly connect?: Handler;
  readonly message?: Handler;
  readonly disconnect?: Handler;
  readonly authorizer?: Handler;
}

export interface GatewayOptions {
  readonly limits?: Partial<GatewayLimits>;
  readonly faults?: Partial<TwinFaults>;
  readonly authorizer?: Authorizer;
  readonly isTwoWay?: boolean;
  readonly routes?: readonly string[];
}

/** A gateway twin whose functions run in this process, and what they were told. */
export interface TestGateway {
  readonly gateway: GatewayTwin;
  readonly port: number;
  readonly connects: Mailbox<Event>;
  readonly messages: Mailbox<Event>;
  readonly disconnects: Mailbox<Event>;
  readonly authorizations: Mailbox<Event>;
  /** For the SDK. */
  readonly endpoint: string;
}

export const NOW = Date.UTC(2026, 10, 23, 9, 5, 7, 89);
const ACCEPTED = { statusCode: 200, headers: { "sec-websocket-protocol": "sip" } };

export async function startGateway(
  handlers: Handlers = {},
  options: GatewayOptions = {},
): Promise<TestGateway> {
  const boxes = {
    connect: new Mailbox<Event>(),
    message: new Mailbox<Event>(),
    disconnect: new Mailbox<Event>(),
    authorizer: new Mailbox<Event>(),
  };
  const usual: Required<Handlers> = {
    connect: async () => ACCEPTED,
    message: async () => ({ statusCode: 200 }),
    disconnect: async () => ({ statusCode: 200 }),
    authorizer: async () => {
      throw new Error("nobody asked for it");
    },
  };
  const { routes = ["$connect", "$default", "$disconnect"], isTwoWay = false } = options;
  const names: Readonly<Record<string, keyof Handlers>> = {
    $connect: "connect",
    $default: "message",
    $disconnect: "disconnect",
  };
  const faults = { ...NO_FAULTS, ...options.faults };
  const gateway = new GatewayTwin({
    api: {
      apiId: "abcd123",
      stage: "prod",
      routes: new Map(routes.map((key) => [key, { function: names[key] ?? "", isTwoWay }])),
      authorizer: options.authorizer,
    },
    invoke: async (name, event) => {
      const which = name as keyof Handlers;
      boxes[which].put(event as Event);
      return (handlers[which] ?? usual[which])(event as Event);
    },
    dice: seededDice(faults.seed),
    faults: () => faults,
    clock: () => NOW,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const port = await gateway.listen("127.0.0.1", 0);
  onTestFinished(async () => {
    await gateway.hangUp();
    await gateway.close();
  });
  return {
    gateway,
    port,
    connects: boxes.connect,
    messages: boxes.message,
    disconnects: boxes.disconnect,
    authorizations: boxes.authorizer,
    endpoint: `http://127.0.0.1:${port}/prod`,
  };
}

/** A client that the gateway has let in. */
export interface Client {
  readonly socket: WebSocket;
  readonly id: string;
  readonly received: Mailbox<string>;
  /** With what code it was closed. */
  readonly closed: Promise<number>;
}

export async function connect({ port, connects }: TestGateway, path = "/prod"): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, "sip", {
    headers: { "User-Agent": "phone" },
  });
  const received = new Mailbox<string>();
  socket.on("message", (data) => received.put(data.toString()));
  socket.on("error", () => {});
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  const [event] = await Promise.all([connects.take(), once(socket, "open")]);
  return { socket, id: event.requestContext.connectionId, received, closed };
}

/** What a handshake is answered with if not with a connection. */
export function refusal(port: number, path = "/prod", protocol = "sip"): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocol);
  return new Promise((resolve, reject) => {
    socket.on("error", () => {});
    socket.once("open", () => reject(new Error("it was let in")));
    socket.once("unexpected-response", (_, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
  });
}
