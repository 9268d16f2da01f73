import { once } from "node:events";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import type { GatewayEvent, GatewayResult } from "../../functions/gateway/event.ts";
import { OwnEdge } from "../../infra/edge/own-edge.ts";
import { type Certificate, selfSigned } from "../support/certificate.ts";
import { Mailbox } from "./an-edge.ts";

const NAME = "pbx.example.net";
const server = selfSigned();
const good = selfSigned(NAME);

/** An edge on TLS that asks for a certificate for this name, of this authority; who connects is told to `connects`. */
async function askingEdge(authority: Certificate = good, context?: GatewayResult["context"]) {
  const certified = { authorities: authority.cert, names: ["other.example.net", NAME] };
  let now = Date.now();
  const edge = new OwnEdge({ certified, clock: () => now });
  const [connects, messages] = [new Mailbox<GatewayEvent>(), new Mailbox<GatewayEvent>()];
  const handlers = {
    connect: async (event: GatewayEvent) => {
      connects.put(event);
      return { statusCode: 200, ...(context && { context }) };
    },
    message: async (event: GatewayEvent) => {
      messages.put(event);
      return { statusCode: 200 };
    },
    disconnect: async () => ({ statusCode: 200 }),
  };
  const port = await edge.listen(handlers, "127.0.0.1", 0, { transport: "TLS", certificate: server });
  onTestFinished(() => edge.stop());
  const client = async (options: ConnectionOptions = {}): Promise<TLSSocket> => {
    const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ca: server.cert, ...options });
    onTestFinished(() => void socket.destroy());
    socket.on("error", () => {});
    await once(socket, "secureConnect");
    return socket;
  };
  const shown = async () => (await connects.take()).requestContext.identity?.certificate;
  const pass = (ms: number) => {
    now += ms;
    edge.tend();
  };
  return { edge, client, shown, messages, pass };
}

test("what a client's certificate is for is told when it connects, with its end, and never again", async () => {
  const { client, shown, messages } = await askingEdge();
  const socket = await client(good);
  expect(await shown()).toEqual({ names: [NAME], expiresAt: expect.any(Number) });
  socket.write("OPTIONS sip:localhost SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 0\r\n\r\n");
  expect((await messages.take()).requestContext.identity).not.toHaveProperty("certificate");
});

const wildcard = selfSigned("*.example.net");

test.each<[string, Certificate, ConnectionOptions]>([
  ["no certificate", good, {}],
  ["one of another authority", good, selfSigned(NAME)],
  ["one for names that are of no interest", server, server],
  ["one for all names of a domain (RFC 5922 §7.2)", wildcard, wildcard],
])("who shows %s is a client like any other", async (_, authority, own) => {
  const { edge, client, shown } = await askingEdge(authority);
  await client(own);
  expect(await shown()).toBeUndefined();
  await expect.poll(() => edge.connections).toBe(1);
});

test("a certificate of our own that is renewed does not forget whose certificates count", async () => {
  const { edge, client, shown } = await askingEdge();
  const next = selfSigned();
  edge.renew(next);
  await client({ ...good, ca: next.cert });
  expect(await shown()).toMatchObject({ names: [NAME] });
});

test.each([
  ["with a certificate is still its holder's", good, [NAME]],
  ["without one is nobody's, whatever the client has by now", {}, undefined],
])("a session that was begun %s when it is resumed", async (_, own, names) => {
  const { client, shown } = await askingEdge();
  const first = connectedSession(await client(own));
  await shown();
  const resumed = await client({ ...good, session: await first });
  expect(resumed.isSessionReused()).toBe(true);
  expect((await shown())?.names).toEqual(names);
});

async function connectedSession(socket: TLSSocket): Promise<Buffer> {
  const [session] = await once(socket, "session");
  return session;
}

test("whom the handler of $connect lets in by it is not closed for want of a proof", async () => {
  const later = { aor: "sip:pbx@localhost", expiresAt: String(Date.now() + 3_600_000) };
  const [admitted, stranger] = [await askingEdge(good, later), await askingEdge(good)];
  for (const { edge, client, pass } of [admitted, stranger]) {
    await client(good);
    await expect.poll(() => edge.connections).toBe(1);
    pass(31_000);
  }
  await expect.poll(() => stranger.edge.connections).toBe(0);
  expect(admitted.edge.connections).toBe(1);
});
