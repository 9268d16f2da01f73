import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fails, hangUp, pickUp } from "../support/calls.ts";
import { selfSigned } from "../support/certificate.ts";
import type { SipPhone } from "../support/sip-phone.ts";
import { localStack, passingFolder, type TestStack } from "../support/stack.ts";
import { TcpPhone } from "../support/tcp-phone.ts";
import { isOf, type WireMessage } from "../support/wire-message.ts";
import { lose, Watch, WirePhone } from "../support/wire-phone.ts";

// Native phones: SIP over TCP and TLS (RFC 3261 §18), with the other side on a WebSocket.

const { key, cert } = selfSigned();

/** A stack with all of its doors open. */
async function openStack(more: Readonly<Record<string, string>> = {}): Promise<TestStack> {
  const folder = passingFolder();
  const files = { TLS_CERT_FILE: join(folder, "cert.pem"), TLS_KEY_FILE: join(folder, "key.pem") };
  writeFileSync(files.TLS_CERT_FILE, cert);
  writeFileSync(files.TLS_KEY_FILE, key);
  return localStack({ TCP_PORT: "0", TLS_PORT: "0", WSS_PORT: "0", ...files, ...more });
}

type Transport = "tcp" | "tls";

/** A phone that has registered as most native ones do: no instance, no outbound. */
function nativePhone({ ports }: TestStack, transport: Transport, user: string): Promise<TcpPhone> {
  return transport === "tcp"
    ? TcpPhone.registered(ports.TCP ?? 0, user)
    : TcpPhone.registered(ports.TLS ?? 0, user, {}, { ca: cert });
}

/** A call up to its ringing: what the callee got. */
async function ring(
  caller: SipPhone,
  callee: SipPhone,
): Promise<{ invite: WireMessage; received: WireMessage }> {
  const invite = caller.invite(callee.user);
  const received = await callee.request("INVITE");
  callee.answer(received, 180, "Ringing");
  await caller.response(180);
  return { invite, received };
}

test("a request that came without Content-Length over a WebSocket has one on TCP (RFC 3261 §18.3)", async () => {
  const stack = await openStack();
  const bob = await nativePhone(stack, "tcp", "bob");
  const alice = await WirePhone.registered(stack.port, "alice");
  const asked = alice.ask([
    "INFO sip:bob@localhost SIP/2.0",
    "Via: SIP/2.0/WS alice.invalid;branch=z9hG4bKwithout",
    "From: <sip:alice@localhost>;tag=1",
    "To: <sip:bob@localhost>",
    "Call-ID: without",
    "CSeq: 1 INFO",
  ]);
  const received = await bob.request("INFO");
  expect(received.all("Content-Length")).toEqual(["0"]);
  bob.answer(received, 200, "OK");
  expect((await asked).status).toBe(200);
});

test("who watches registrations over TCP is told so over TCP, by a Contact that leads there", async () => {
  const stack = await openStack();
  const bob = await nativePhone(stack, "tcp", "bob");
  const accepted = await new Watch("bob", "bob").subscribe(bob, 600);
  const place = `@127.0.0.1:${stack.ports.TCP};transport=tcp>`;
  expect(accepted.one("Contact").endsWith(place)).toBe(true);
  const notified = await bob.request("NOTIFY");
  // At the port that it is reached at: some look by it for the connection to answer over.
  expect(notified.one("Via").startsWith(`SIP/2.0/TCP 127.0.0.1:${stack.ports.TCP};`)).toBe(true);
  expect(notified.one("Contact")).toBe(accepted.one("Contact"));
});

test("where clients reach us by another name, Record-Route says that, and it is ours when it comes back", async () => {
  const stack = await openStack({ PUBLIC_TCP: "Edge.example.net:5070" });
  const bob = await nativePhone(stack, "tcp", "bob");
  const alice = await WirePhone.registered(stack.port, "alice");
  const { invite, received } = await ring(alice, bob);
  expect(received.all("Record-Route")[0]).toMatch(/@Edge\.example\.net:5070;transport=tcp;lr>$/);
  const ok = await pickUp(bob, received, alice, invite);
  await hangUp("callee", { caller: alice, invite, ok }, { callee: bob, received });
});

describe.each<Transport>(["tcp", "tls"])("a phone on %s", (transport) => {
  test("is called from a WebSocket and answers; a re-INVITE each way; it hangs up", async () => {
    const stack = await openStack();
    const bob = await nativePhone(stack, transport, "bob");
    const alice = await WirePhone.registered(stack.port, "alice");
    const { invite, received } = await ring(alice, bob);
    const ok = await pickUp(bob, received, alice, invite);

    alice.withinCalled("INVITE", invite, ok);
    const first = await bob.hear("a re-INVITE", (message) => message.method === "INVITE");
    bob.answer(first, 200, "OK", "v=0\r\n");
    await alice.response(200, "INVITE");

    bob.withinAnswered("INVITE", received);
    const second = await alice.hear("a re-INVITE", ({ status, method }) => !status && method === "INVITE");
    alice.answer(second, 200, "OK", "v=0\r\n");
    await bob.response(200, "INVITE");

    await hangUp("callee", { caller: alice, invite, ok }, { callee: bob, received });
  });

  test("calls a WebSocket, which hangs up", async () => {
    const stack = await openStack();
    const alice = await nativePhone(stack, transport, "alice");
    const bob = await WirePhone.registered(stack.port, "bob");
    const { invite, received } = await ring(alice, bob);
    const ok = await pickUp(bob, received, alice, invite);
    await hangUp("callee", { caller: alice, invite, ok }, { callee: bob, received });
  });

  test("is named in Via and Record-Route by what it speaks, and its peer by what that speaks (RFC 5658 §4)", async () => {
    const stack = await openStack();
    const bob = await nativePhone(stack, transport, "bob");
    const alice = await WirePhone.registered(stack.port, "alice");
    const { received } = await ring(alice, bob);
    const port = transport === "tcp" ? stack.ports.TCP : stack.ports.TLS;
    const host = `${transport === "tcp" ? "127.0.0.1" : "localhost"}:${port}`;
    expect(received.one("Via").startsWith(`SIP/2.0/${transport.toUpperCase()} ${host};`)).toBe(true);
    const [own, peers] = received.all("Record-Route");
    expect(own?.endsWith(`@${host};transport=${transport};lr>`)).toBe(true);
    expect(peers).toMatch(/@localhost;transport=ws;lr>$/);
  });

  test("goes on with its call over another connection, and is found there once it has registered", async () => {
    const stack = await openStack();
    const bob = await nativePhone(stack, transport, "bob");
    const alice = await WirePhone.registered(stack.port, "alice");
    const { invite, received } = await ring(alice, bob);
    const ok = await pickUp(bob, received, alice, invite);
    await lose(bob, stack);
    const again = await nativePhone(stack, transport, "bob");
    alice.withinCalled("INFO", invite, ok);
    again.answer(await again.request("INFO"), 200, "OK");
    await alice.response(200, "INFO");
    again.withinAnswered("BYE", received);
    alice.answer(await alice.request("BYE"), 200, "OK");
    await again.response(200, "BYE");
  });

  test("may hang up over a connection that it has not registered over: the dialog's token says who it is", async () => {
    const stack = await openStack();
    const bob = await nativePhone(stack, transport, "bob");
    const alice = await WirePhone.registered(stack.port, "alice");
    const { invite, received } = await ring(alice, bob);
    await pickUp(bob, received, alice, invite);
    const port = (transport === "tcp" ? stack.ports.TCP : stack.ports.TLS) ?? 0;
    const other = await TcpPhone.connect(port, "bob", transport === "tls" ? { ca: cert } : {});
    other.withinAnswered("BYE", received);
    alice.answer(await alice.request("BYE"), 200, "OK");
    await other.response(200, "BYE");
  });

  test("is not registered any more once its connection is closed, though nobody said so", async () => {
    const stack = await openStack();
    const bob = await nativePhone(stack, transport, "bob");
    const alice = await WirePhone.registered(stack.port, "alice");
    await lose(bob, stack);
    await fails(alice, alice.invite("bob"), 480);
    expect(await (await WirePhone.connect(stack.port, "bob")).bindings()).toEqual([]);
  });

  test("sleeps once its connection is closed, if it can be pushed, and is woken by a call", async () => {
    const stack = await openStack();
    const port = (transport === "tcp" ? stack.ports.TCP : stack.ports.TLS) ?? 0;
    const options = transport === "tls" ? { ca: cert } : {};
    const bob = await TcpPhone.registered(port, "bob", { token: "bob-token" }, options);
    const alice = await WirePhone.registered(stack.port, "alice");
    await lose(bob, stack);
    const invite = alice.invite("bob");
    await alice.response(182);
    const woken = await TcpPhone.registered(port, "bob", { token: "bob-token" }, options);
    const received = await woken.request("INVITE");
    expect(isOf(received, invite, "INVITE")).toBe(true);
    await pickUp(woken, received, alice, invite);
  });
});
