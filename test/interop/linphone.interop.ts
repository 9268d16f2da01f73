import { expect, test } from "vitest";
import { localStack } from "../support/stack.ts";
import type { WireMessage } from "../support/wire-message.ts";
import { heardNothingMore, WirePhone } from "../support/wire-phone.ts";
import { contactsOf } from "./contacts-of.ts";
import { Linphone } from "./linphone.ts";
import { network } from "./network.ts";
import { voice } from "./voice.ts";

// Bob's phone is Linphone 5, over TCP; Alice's is a browser's as far as SIP goes, on a WebSocket.

/** Bob's phone, registered, and somebody who is told where Bob is. */
async function aliceAndBob() {
  const { port, ports } = await localStack({ TCP_PORT: "0" });
  const watch = await contactsOf(port, "bob");
  const linphone = Linphone.start("bob", ports.TCP ?? 0);
  const [contact = ""] = await watch.next();
  return { port, alice: await WirePhone.registered(port, "alice"), linphone, contact, watch };
}

/** Alice calls; Bob's phone rings, and its user answers. */
async function aliceCalls(alice: WirePhone, linphone: Linphone, offer: string) {
  const invite = alice.invite("bob", "", offer);
  await alice.response(180, "INVITE");
  linphone.type("answer");
  const ok = await alice.response(200, "INVITE");
  alice.acknowledge(invite, ok);
  return { invite, ok };
}

/** Bob calls, and Alice answers. */
async function bobCalls(alice: WirePhone, linphone: Linphone, description: string): Promise<WireMessage> {
  linphone.type("call sip:alice@localhost");
  const invite = await alice.request("INVITE");
  alice.answer(invite, 180, "Ringing");
  alice.answer(invite, 200, "OK", description, "Content-Type: application/sdp\r\n");
  await alice.request("ACK");
  return invite;
}

test("registers with a password (RFC 3261 §10, RFC 7616), and is told where it stands", async () => {
  const { contact } = await aliceAndBob();
  expect(contact).toMatch(/^sip:bob@.*;transport=tcp/);
});

test("is called from a WebSocket, rings, answers and is heard; the caller hangs up", async () => {
  const { alice, linphone } = await aliceAndBob();
  const { description, heard } = await voice();
  const { invite, ok } = await aliceCalls(alice, linphone, description);
  expect(ok.body).toMatch(/^m=audio \d+ RTP\/AVP 0/m);
  await heard();
  alice.withinCalled("BYE", invite, ok);
  await alice.response(200, "BYE");
  await heardNothingMore(alice);
});

test("is called from a WebSocket, and hangs up itself", async () => {
  const { alice, linphone } = await aliceAndBob();
  const { description, heard } = await voice();
  await aliceCalls(alice, linphone, description);
  await heard();
  linphone.type("terminate");
  alice.answer(await alice.request("BYE"), 200, "OK");
  await heardNothingMore(alice);
});

test("declines a call", async () => {
  const { alice, linphone } = await aliceAndBob();
  const invite = alice.invite("bob", "", (await voice()).description);
  await alice.response(180, "INVITE");
  linphone.type("terminate");
  const declined = await alice.final("INVITE");
  expect(declined.status).toBe(603);
  alice.acknowledge(invite, declined);
});

test("stops ringing when the caller gives up, and can be called again", async () => {
  const { alice, linphone } = await aliceAndBob();
  const { description } = await voice();
  const invite = alice.invite("bob", "", description);
  await alice.response(180, "INVITE");
  alice.cancel(invite);
  await alice.response(200, "CANCEL");
  alice.acknowledge(invite, await alice.response(487, "INVITE"));
  await aliceCalls(alice, linphone, description);
});

test("calls a WebSocket, proving who it is, and is heard; either side hangs up", async () => {
  const { alice, linphone } = await aliceAndBob();
  for (const whoHangsUp of ["alice", "bob"]) {
    const { description, heard } = await voice();
    const invite = await bobCalls(alice, linphone, description);
    expect(invite.one("P-Asserted-Identity")).toBe("<sip:bob@localhost>");
    await heard();
    if (whoHangsUp === "alice") {
      alice.withinAnswered("BYE", invite);
      await alice.response(200, "BYE");
    } else {
      linphone.type("terminate");
      alice.answer(await alice.request("BYE"), 200, "OK");
    }
  }
  await heardNothingMore(alice);
});

test("that dies is unregistered as soon as its connection is, and called no more (480)", async () => {
  const { alice, linphone, watch } = await aliceAndBob();
  await linphone.die();
  expect(await watch.next()).toEqual([]);
  alice.invite("bob");
  expect((await alice.final("INVITE")).status).toBe(480);
});

test("that loses its connection is unregistered, comes back by itself, and is called there", async () => {
  const net = await network();
  // It connects for its dialogs, too, where our Record-Routes say.
  const { port, ports } = await localStack({ TCP_PORT: "0", PUBLIC_TCP: `127.0.0.1:${net.port}` });
  net.leadTo(ports.TCP ?? 0);
  const watch = await contactsOf(port, "bob");
  const linphone = Linphone.start("bob", net.port);
  const before = await watch.next();
  net.lose();
  expect(await watch.next()).toEqual([]);
  const after = await watch.next();
  expect(after).not.toEqual(before);
  const alice = await WirePhone.registered(port, "alice");
  await aliceCalls(alice, linphone, (await voice()).description);
});
