import JsSIP from "jssip";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { aKeyServer, anIssuerKey, aToken, takingTokens } from "../support/an-issuer.ts";
import { localStack } from "../support/stack.ts";
import { WirePhone } from "../support/wire-phone.ts";

/** JsSIP's socket over `ws`: what its own is over a browser's. */
function socketTo(port: number): JsSIP.Socket {
  let socket: WebSocket | undefined;
  const url = `ws://127.0.0.1:${port}/`;
  const wrapped = {
    url,
    sip_uri: `sip:127.0.0.1:${port};transport=ws`,
    via_transport: "WS",
    onconnect: () => {},
    ondisconnect: (_isError: boolean) => {},
    ondata: (_text: string) => {},
    isConnected: () => socket?.readyState === WebSocket.OPEN,
    isConnecting: () => socket?.readyState === WebSocket.CONNECTING,
    connect: () => {
      socket = new WebSocket(url, "sip");
      socket.on("open", () => wrapped.onconnect());
      socket.on("message", (data) => wrapped.ondata(String(data)));
      socket.on("close", () => wrapped.ondisconnect(false));
    },
    disconnect: () => socket?.close(),
    send: (text: string) => {
      socket?.send(text);
      return true;
    },
  };
  return wrapped as unknown as JsSIP.Socket;
}

test("JsSIP registers with a token and no password, and calls: it says it with every request", async () => {
  const key = anIssuerKey();
  const now = Date.now();
  const stack = await localStack(takingTokens(await aKeyServer(key)), () => now);
  const bob = await WirePhone.registered(stack.port, "bob");
  const token = await aToken(key, "alice", now);
  const ua = new JsSIP.UA({
    sockets: [socketTo(stack.port)],
    uri: "sip:alice@localhost",
    authorization_jwt: `Bearer ${token}`,
    register_expires: 3_600,
    session_timers: false,
  } as ConstructorParameters<typeof JsSIP.UA>[0]);
  onTestFinished(() => ua.stop());
  const answer = await new Promise<string>((resolve) => {
    ua.on("registered", ({ response }) => resolve(response.getHeader("Contact") ?? ""));
    ua.on("registrationFailed", ({ cause }) => resolve(String(cause)));
    ua.start();
  });
  // As long as the token, which is signed to the second.
  expect(answer).toMatch(/;expires=(?:599|600)$/);
  const sent = new Promise<string>((resolve) => {
    const eventHandlers = {
      succeeded: () => resolve("sent"),
      failed: ({ cause }: { readonly cause: unknown }) => resolve(String(cause)),
    };
    ua.sendMessage("sip:bob@localhost", "hi", { eventHandlers } as never);
  });
  const message = await bob.request("MESSAGE");
  expect(message.body).toBe("hi");
  expect(message.text).not.toContain(token);
  bob.answer(message, 200, "OK");
  expect(await sent).toBe("sent");
});
