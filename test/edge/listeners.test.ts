import { once } from "node:events";
import { get } from "node:https";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import type { GatewayEvent } from "../../functions/gateway/event.ts";
import type { Transport } from "../../functions/location/transport.ts";
import { DEFAULT_EDGE_LIMITS } from "../../infra/edge/limits.ts";
import { type EdgeOptions, OwnEdge } from "../../infra/edge/own-edge.ts";
import { type Trusts, trustsIn } from "../../infra/edge/trusted.ts";
import { selfSigned } from "../support/certificate.ts";
import { Mailbox } from "./an-edge.ts";
import { proxyV2 } from "./proxy-v2.ts";

// What stands between a client and its first message: TLS, and proxies.

const certificate = selfSigned();
const MESSAGE = "OPTIONS sip:localhost SIP/2.0\r\nContent-Length: 0\r\n\r\n";
const PROXIES = trustsIn(["127.0.0.1"]) as Trusts;
const FROM_CLIENT = proxyV2(0x21, 0x11, [192, 0, 2, 7, 127, 0, 0, 1, 0xc3, 0x50, 0x13, 0xc4]);

/** An edge that listens for one transport on loopback. */
async function edgeOn(transport: Transport, options: EdgeOptions = {}) {
  let now = 1_800_000_000_000;
  const edge = new OwnEdge({ clock: () => now, ...options });
  const connects = new Mailbox<GatewayEvent>();
  const messages = new Mailbox<GatewayEvent>();
  const handlers = {
    connect: async (event: GatewayEvent) => {
      connects.put(event);
      return { statusCode: 200, headers: { "Sec-WebSocket-Protocol": "sip" } };
    },
    message: async (event: GatewayEvent) => {
      messages.put(event);
      return { statusCode: 200, body: "heard" };
    },
    disconnect: async () => ({ statusCode: 200 }),
  };
  const isSecure = transport === "TLS" || transport === "WSS";
  const port = await edge.listen(handlers, "127.0.0.1", 0, {
    transport,
    certificate: isSecure ? certificate : undefined,
  });
  onTestFinished(() => edge.stop());
  const pass = (ms: number) => {
    now += ms;
    edge.tend();
  };
  return { edge, port, connects, messages, pass };
}

function kept<Kept extends Socket>(socket: Kept): Kept {
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** A TCP connection, and what it says first. */
async function tcp(port: number, first: string | Buffer = ""): Promise<Socket> {
  const socket = kept(connect({ port, host: "127.0.0.1" }));
  await once(socket, "connect");
  if (first.length > 0) socket.write(first as string, "latin1");
  return socket;
}

function secure(port: number, options: object = {}) {
  return kept(
    connectTls({ port, host: "127.0.0.1", servername: "localhost", ca: certificate.cert, ...options }),
  );
}

async function webSocket(port: number, scheme: "ws" | "wss", headers: Record<string, string> = {}) {
  const socket = new WebSocket(`${scheme}://localhost:${port}/`, "sip", { ca: certificate.cert, headers });
  socket.on("error", () => {});
  onTestFinished(() => socket.terminate());
  await once(socket, "open");
  return socket;
}

describe("TLS", () => {
  test("carries SIP as TCP does", async () => {
    const { port, messages } = await edgeOn("TLS");
    const socket = secure(port);
    await once(socket, "secureConnect");
    expect(socket.authorized).toBe(true);
    socket.write(MESSAGE);
    expect((await messages.take()).body).toBe(MESSAGE);
    expect(String((await once(socket, "data"))[0])).toBe("heard");
  });

  test("is 1.2 at least (RFC 8996)", async () => {
    const { port, edge } = await edgeOn("TLS");
    const old = secure(port, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" });
    await expect(once(old, "secureConnect")).rejects.toThrow(/protocol version/);
    const good = secure(port, { maxVersion: "TLSv1.2" });
    await once(good, "secureConnect");
    await expect.poll(() => edge.connections, { interval: 5 }).toBe(1);
  });

  test("that is none, or comes to no end, is given up, and leaves nothing behind", async () => {
    const { port, edge, connects } = await edgeOn("TLS", { limits: { headersTimeout: 50 } });
    const clients = [await tcp(port, MESSAGE), await tcp(port, "\x16\x03\x01"), await tcp(port)];
    for (const socket of clients) if (!socket.closed) await once(socket, "close");
    await expect.poll(() => edge.remembered, { interval: 5 }).toBe(0);
    expect(connects.all).toEqual([]);
    const socket = secure(port);
    await once(socket, "secureConnect");
    expect(edge.remembered).toBeGreaterThan(0);
    socket.destroy();
    await expect.poll(() => edge.remembered, { interval: 5 }).toBe(0);
  });

  test("counts its handshakes as connections", async () => {
    const { port } = await edgeOn("TLS", { limits: { maxConnections: 1 } });
    await tcp(port);
    const second = await tcp(port);
    await once(second, "close");
  });

  test.each(["TLS", "WSS"] as const)(
    "shows another certificate once that is renewed (%s), and who is connected stays so",
    async (transport) => {
      const { port, edge, messages } = await edgeOn(transport);
      const before = secure(port);
      await once(before, "secureConnect");
      const next = selfSigned();
      edge.renew(next);
      const after = secure(port, { ca: next.cert });
      await once(after, "secureConnect");
      expect(after.authorized).toBe(true);
      if (transport === "WSS") return;
      before.write(MESSAGE);
      await messages.take();
    },
  );

  test("keeps its certificate if the new one is none", async () => {
    const { port, edge } = await edgeOn("TLS");
    expect(() => edge.renew({ ...selfSigned(), key: certificate.key })).toThrow(/key values mismatch/);
    const socket = secure(port);
    await once(socket, "secureConnect");
  });
});

describe("WebSocket over TLS", () => {
  test("is WebSocket, and pages come from there, too", async () => {
    const http: EdgeOptions["http"] = (_, response) => void response.end("a page");
    const { port, connects } = await edgeOn("WSS", { http });
    const socket = await webSocket(port, "wss");
    expect((await connects.take()).requestContext.connectionId).toMatch(/~wss$/);
    socket.send(MESSAGE);
    expect(String((await once(socket, "message"))[0])).toBe("heard");
    const [response] = await once(get({ port, host: "localhost", ca: certificate.cert }), "response");
    let page = "";
    for await (const chunk of response) page += chunk;
    expect(page).toBe("a page");
  });

  test("keeps who is quiet but for pings, and waits for no half of a message", async () => {
    const { messageTimeout } = DEFAULT_EDGE_LIMITS;
    const { port, edge, pass } = await edgeOn("WSS", { limits: { proofTimeout: 1e9, pingInterval: 1e9 } });
    const socket = await webSocket(port, "wss");
    socket.send(MESSAGE);
    await once(socket, "message");
    for (let i = 0; i < 3; i++) {
      socket.ping("are you there");
      await once(socket, "pong");
    }
    pass(1);
    pass(messageTimeout);
    socket.ping();
    await once(socket, "pong");
    expect(edge.connections).toBe(1);
    socket.send("OPT", { fin: false });
    socket.ping();
    await once(socket, "pong");
    pass(1);
    pass(messageTimeout);
    await once(socket, "close");
  });
});

describe("behind a trusted proxy", () => {
  const source = { sourceIp: "192.0.2.7", sourcePort: 50_000 };

  test.each([
    ["in one go", [Buffer.concat([FROM_CLIENT, Buffer.from(MESSAGE)])]],
    [
      "octet by octet",
      [...Buffer.concat([FROM_CLIENT, Buffer.from(MESSAGE)])].map((octet) => Buffer.from([octet])),
    ],
    ["of version 1", [Buffer.from("PROXY TCP4 192.0.2.7 127.0.0.1 50000 5060\r\n"), Buffer.from(MESSAGE)]],
  ])("a client on TCP is who the PROXY protocol says: %s", async (_, chunks) => {
    const { port, connects, messages } = await edgeOn("TCP", { trusts: PROXIES });
    const socket = await tcp(port);
    socket.setNoDelay(true);
    for (const chunk of chunks) await new Promise((resolve) => socket.write(chunk, resolve));
    expect((await connects.take()).requestContext.identity).toMatchObject(source);
    expect((await messages.take()).body).toBe(MESSAGE);
    expect(String((await once(socket, "data"))[0])).toBe("heard");
  });

  test("so is one on TLS: the proxy speaks before the handshake", async () => {
    const { port, connects } = await edgeOn("TLS", { trusts: PROXIES });
    const socket = secure(0, { socket: await tcp(port, FROM_CLIENT), port: undefined, host: undefined });
    await once(socket, "secureConnect");
    expect((await connects.take()).requestContext.identity).toMatchObject(source);
    socket.write(MESSAGE);
    expect(String((await once(socket, "data"))[0])).toBe("heard");
  });

  test.each(["WS", "WSS"] as const)("so is one on %s", async (transport) => {
    const { port, connects } = await edgeOn(transport, { trusts: PROXIES });
    const proxied = await tcp(port, FROM_CLIENT);
    const createConnection = () =>
      transport === "WS"
        ? proxied
        : connectTls({ socket: proxied, ca: certificate.cert, servername: "localhost" });
    const scheme = transport.toLowerCase();
    const socket = new WebSocket(`${scheme}://localhost:${port}/`, "sip", { createConnection } as object);
    onTestFinished(() => socket.terminate());
    await once(socket, "open");
    expect((await connects.take()).requestContext.identity).toMatchObject(source);
    socket.send(MESSAGE);
    expect(String((await once(socket, "message"))[0])).toBe("heard");
  });

  test("a client on a WebSocket is who X-Forwarded-For says, and its port is not known", async () => {
    const { port, connects } = await edgeOn("WS", { trusts: PROXIES });
    await webSocket(port, "ws", { "X-Forwarded-For": "192.0.2.8" });
    expect((await connects.take()).requestContext.identity).toMatchObject({
      sourceIp: "192.0.2.8",
      sourcePort: undefined,
    });
  });

  test("limits go by the client: one address's do not hold for another's", async () => {
    const { port, edge } = await edgeOn("TCP", { trusts: PROXIES, limits: { maxPerAddress: 1 } });
    const from = (last: number) => proxyV2(0x21, 0x11, [192, 0, 2, last, 127, 0, 0, 1, 0, 9, 0, 9]);
    await tcp(port, from(1));
    await tcp(port, from(2));
    await expect.poll(() => edge.connections, { interval: 5 }).toBe(2);
    await once(await tcp(port, from(2)), "close");
  });

  test("a client that comes without a word of a proxy is who it seems", async () => {
    const { port, connects, messages } = await edgeOn("TCP", { trusts: PROXIES });
    await tcp(port, `\r\n\r\n${MESSAGE}`);
    expect((await connects.take()).requestContext.identity?.sourceIp).toBe("127.0.0.1");
    expect((await messages.take()).body).toBe("\r\n\r\n");
    expect((await messages.take()).body).toBe(MESSAGE);
  });

  test("a proxy that does not say for whom it comes, or cannot be understood, is cut off", async () => {
    const { port, connects } = await edgeOn("TCP", { trusts: PROXIES, limits: { headersTimeout: 50 } });
    await once(await tcp(port, FROM_CLIENT.subarray(0, 20)), "close");
    await once(await tcp(port, "PROXY TCP4 x y 1 2\r\n"), "close");
    expect(connects.all).toEqual([]);
  });
});

describe("of anybody else", () => {
  test("the PROXY protocol is no SIP", async () => {
    const { port, connects, messages } = await edgeOn("TCP");
    await tcp(port, Buffer.concat([FROM_CLIENT, Buffer.from(MESSAGE)]));
    expect((await connects.take()).requestContext.identity?.sourceIp).toBe("127.0.0.1");
    expect((await messages.take()).body).toBe("\r\n\r\n");
    const { body = "" } = await messages.take();
    expect(Buffer.from(body, "base64").toString("latin1")).toMatch(/^\0\r\nQUIT\n/);
  });

  test("X-Forwarded-For is not believed", async () => {
    const { port, connects } = await edgeOn("WS");
    await webSocket(port, "ws", { "X-Forwarded-For": "192.0.2.8" });
    expect((await connects.take()).requestContext.identity?.sourceIp).toBe("127.0.0.1");
  });
});
