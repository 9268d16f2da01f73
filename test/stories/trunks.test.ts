import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  android,
  browser,
  expectPushes,
  fails,
  giveUp,
  hangUp,
  pickUp,
  refuse,
  stopRinging,
} from "../support/calls.ts";
import { selfSigned } from "../support/certificate.ts";
import { commandLine } from "../support/command-line.ts";
import type { SipPhone } from "../support/sip-phone.ts";
import { localStack, passingFolder, type TestStack } from "../support/stack.ts";
import { TcpPhone } from "../support/tcp-phone.ts";
import { call, linesOf } from "../support/trunks.ts";
import { isOf, type WireMessage } from "../support/wire-message.ts";
import { heardNothingMore, lose, WirePhone } from "../support/wire-phone.ts";

// Trunks: PBXs that bring calls from anybody, and take those to numbers, over connections that they open.

const server = selfSigned();
const pbxCertificate = selfSigned("pbx.example.net");
const OUTSIDE = "sip:+491711234@pbx.example.net";

interface TrunkStack extends TestStack {
  readonly folder: string;
}

/** A stack with a trunk that proves itself by its password from this machine, and one that does by its certificate. */
async function trunkStack(more: object = {}): Promise<TrunkStack> {
  const folder = passingFolder();
  const at = (name: string) => join(folder, name);
  writeFileSync(at("cert.pem"), server.cert);
  writeFileSync(at("key.pem"), server.key);
  writeFileSync(at("ca.pem"), pbxCertificate.cert);
  const trunks = [
    {
      name: "office",
      user: "pbx@localhost",
      from: ["127.0.0.1"],
      dial: ["+49*", "0*", "*@pstn.example.com"],
      ...more,
    },
    { name: "carrier", user: "carrier@localhost", certificate: "pbx.example.net", dial: ["+4930*"] },
  ];
  const numbers = { "+4989100": "bob@localhost" };
  writeFileSync(at("trunks.json"), JSON.stringify({ ca: "ca.pem", numbers, trunks }));
  const stack = await localStack({
    TCP_PORT: "0",
    TLS_PORT: "0",
    TLS_CERT_FILE: at("cert.pem"),
    TLS_KEY_FILE: at("key.pem"),
    TRUNKS_FILE: at("trunks.json"),
    SIP_USERS: "alice:sipwake,bob:sipwake,pbx:sipwake",
    DATA_DIR: folder,
  });
  return { ...stack, folder };
}

type Way = "password" | "certificate";

function connected({ ports }: TestStack, way: Way): Promise<TcpPhone> {
  return way === "password"
    ? TcpPhone.connect(ports.TCP ?? 0, "pbx")
    : TcpPhone.connect(ports.TLS ?? 0, "carrier", { ca: server.cert, own: pbxCertificate });
}

async function registered(stack: TestStack, way: Way): Promise<TcpPhone> {
  const pbx = await connected(stack, way);
  expect((await pbx.register()).status).toBe(200);
  return pbx;
}

/** The number that only this trunk takes. */
const NUMBERS: Readonly<Record<Way, string>> = { password: "+4940123", certificate: "+4930123" };

async function rings(caller: SipPhone, invite: WireMessage, callee: SipPhone): Promise<WireMessage> {
  const received = await callee.request("INVITE");
  expect(isOf(received, invite, "INVITE")).toBe(true);
  callee.answer(received, 180, "Ringing");
  await caller.response(180);
  return received;
}

describe.each<Way>(["password", "certificate"])("a trunk that proves itself by its %s", (way) => {
  test("brings a call from anywhere: it rings a phone on a WebSocket, which is told the number, and hangs up", async () => {
    const stack = await trunkStack();
    const [pbx, bob] = [await registered(stack, way), await WirePhone.registered(stack.port, "bob")];
    const invite = call(pbx, { from: OUTSIDE, uri: "sip:bob@localhost" });
    const received = await rings(pbx, invite, bob);
    expect(received.one("P-Asserted-Identity")).toBe(`<${OUTSIDE}>`);
    expect(received.one("From")).toBe(invite.one("From"));
    const ok = await pickUp(bob, received, pbx, invite);
    await hangUp("callee", { caller: pbx, invite, ok }, { callee: bob, received });
  });

  test("takes a call to a number from a phone on a WebSocket, as it was dialled, and hangs up", async () => {
    const stack = await trunkStack();
    const [pbx, alice] = [await registered(stack, way), await WirePhone.registered(stack.port, "alice")];
    const invite = alice.invite(NUMBERS[way]);
    const received = await rings(alice, invite, pbx);
    expect(received.startLine).toBe(`INVITE sip:${NUMBERS[way]}@localhost SIP/2.0`);
    expect(received.one("P-Asserted-Identity")).toBe("<sip:alice@localhost>");
    const ok = await pickUp(pbx, received, alice, invite);
    await hangUp("callee", { caller: alice, invite, ok }, { callee: pbx, received });
  });

  test("is hung up on, whoever called", async () => {
    const stack = await trunkStack();
    const [pbx, alice] = [await registered(stack, way), await WirePhone.registered(stack.port, "alice")];
    const out = alice.invite(NUMBERS[way]);
    const outReceived = await rings(alice, out, pbx);
    const outOk = await pickUp(pbx, outReceived, alice, out);
    await hangUp("caller", { caller: alice, invite: out, ok: outOk }, { callee: pbx, received: outReceived });
    const back = call(pbx, { from: OUTSIDE, uri: "sip:alice@localhost" });
    const backReceived = await rings(pbx, back, alice);
    const backOk = await pickUp(alice, backReceived, pbx, back);
    await hangUp(
      "caller",
      { caller: pbx, invite: back, ok: backOk },
      { callee: alice, received: backReceived },
    );
  });

  test("wakes a phone that sleeps", async () => {
    const stack = await trunkStack();
    const pbx = await registered(stack, way);
    await lose(await WirePhone.registered(stack.port, "bob", android("bob")), stack);
    const invite = call(pbx, { from: OUTSIDE, uri: "sip:bob@localhost" });
    await pbx.response(182);
    await expectPushes(stack, [["bob-token", "call"]]);
    const bob = await WirePhone.registered(stack.port, "bob", android("bob"));
    await pickUp(bob, await rings(pbx, invite, bob), pbx, invite);
  });

  test("brings calls though it has not registered, and takes none until it has (480)", async () => {
    const stack = await trunkStack();
    const [pbx, bob] = [await connected(stack, way), await WirePhone.registered(stack.port, "bob")];
    const answer = pbx.ask(linesOf(pbx, { from: OUTSIDE, uri: "sip:bob@localhost" }));
    const received = await bob.request("INVITE");
    expect(received.one("P-Asserted-Identity")).toBe(`<${OUTSIDE}>`);
    await refuse(bob, received, 486, "Busy Here");
    expect((await answer).status).toBe(486);
    await fails(bob, bob.invite(NUMBERS[way]), 480);
    expect((await pbx.register()).status).toBe(200);
    await rings(bob, bob.invite(NUMBERS[way]), pbx);
  });

  test("is not called any more once its connection is closed", async () => {
    const stack = await trunkStack();
    const [pbx, alice] = [await registered(stack, way), await WirePhone.registered(stack.port, "alice")];
    await lose(pbx, stack);
    await fails(alice, alice.invite(NUMBERS[way]), 480);
  });
});

describe("a call to a number", () => {
  test("that the caller gives up: the trunk hears it, of the number that it was called by (RFC 3261 §9.1)", async () => {
    const stack = await trunkStack();
    const [pbx, alice] = [
      await registered(stack, "password"),
      await WirePhone.registered(stack.port, "alice"),
    ];
    const invite = alice.invite("0301");
    const received = await rings(alice, invite, pbx);
    await Promise.all([giveUp(alice, invite), stopRinging(pbx, received)]);
  });

  test("that the trunk refuses is acknowledged to the number, and the caller hears why (RFC 3261 §17.1.1.3)", async () => {
    const stack = await trunkStack();
    const [pbx, alice] = [
      await registered(stack, "password"),
      await WirePhone.registered(stack.port, "alice"),
    ];
    const invite = alice.invite("0301");
    const received = await rings(alice, invite, pbx);
    pbx.answer(received, 486, "Busy Here");
    const ack = await pbx.request("ACK");
    expect(ack.startLine).toBe("ACK sip:0301@localhost SIP/2.0");
    await fails(alice, invite, 486);
  });

  test.each([
    ["tel:+49-40-123", "sip:+4940123@localhost;user=phone"],
    ["sip:anybody@pstn.example.com", "sip:anybody@pstn.example.com"],
  ])("%s goes out as %s (RFC 3261 §19.1.6)", async (dialled, uri) => {
    const stack = await trunkStack();
    const [pbx, alice] = [
      await registered(stack, "password"),
      await WirePhone.registered(stack.port, "alice"),
    ];
    const received = await rings(alice, call(alice, { from: "sip:alice@localhost", uri: dialled }), pbx);
    expect(received.startLine).toBe(`INVITE ${uri} SIP/2.0`);
  });

  test("goes by the longest rule", async () => {
    const stack = await trunkStack();
    const office = await registered(stack, "password");
    const carrier = await registered(stack, "certificate");
    const alice = await WirePhone.registered(stack.port, "alice");
    const invite = alice.invite("+4930123");
    const received = await rings(alice, invite, carrier);
    await Promise.all([giveUp(alice, invite), stopRinging(carrier, received)]);
    await heardNothingMore(office);
  });

  test("goes out over one connection of its trunk, where it has several: two would ring the same person twice", async () => {
    const stack = await trunkStack();
    const offices = [await connected(stack, "password"), await connected(stack, "password")];
    for (const [index, office] of offices.entries()) await office.register(browser(`office-${index}`));
    const alice = await WirePhone.registered(stack.port, "alice");
    alice.invite("0301");
    const invites = () =>
      offices.flatMap(({ unasked }) => unasked.filter(({ method }) => method === "INVITE"));
    await expect.poll(() => invites().length, { interval: 5 }).toBe(1);
    await Promise.all(offices.map((office) => office.caughtUp()));
    expect(invites()).toHaveLength(1);
  });

  test("of ours rings who has it, whoever dials it: a user, or a trunk", async () => {
    const stack = await trunkStack();
    const [pbx, bob] = [await registered(stack, "password"), await WirePhone.registered(stack.port, "bob")];
    const alice = await WirePhone.registered(stack.port, "alice");
    await rings(alice, call(alice, { from: "sip:alice@localhost", uri: "tel:+49-89-100" }), bob);
    const place = `127.0.0.1:${stack.ports.TCP}`;
    await rings(pbx, call(pbx, { from: OUTSIDE, uri: `sip:+4989100@${place};transport=tcp` }), bob);
    await heardNothingMore(pbx);
  });

  test.each([
    ["110", "sip:110@localhost"],
    ["a number elsewhere", "sip:+4940123@elsewhere.example"],
    ["tel, to nobody's rule", "tel:110"],
    ["a number that is routed by another (RFC 4694)", "sip:+4940123;rn=+1900555@localhost"],
    ["a place", "sip:+4940123@localhost;maddr=192.0.2.1"],
  ])("that no rule is for is 404: %s", async (_, uri) => {
    const stack = await trunkStack();
    const [pbx, alice] = [
      await registered(stack, "password"),
      await WirePhone.registered(stack.port, "alice"),
    ];
    await fails(alice, call(alice, { from: "sip:alice@localhost", uri }), 404);
    await heardNothingMore(pbx);
  });

  test("that is to go on from the trunk by the caller's Routes is 403", async () => {
    const stack = await trunkStack();
    const [pbx, alice] = [
      await registered(stack, "password"),
      await WirePhone.registered(stack.port, "alice"),
    ];
    await fails(alice, alice.invite("+4940123", "Route: <sip:elsewhere.example;lr>\r\n"), 403);
    await heardNothingMore(pbx);
  });

  test("by somebody who may not call out is 403; users are called as ever", async () => {
    const stack = await trunkStack({ users: ["bob@localhost"] });
    const [pbx, bob] = [await registered(stack, "password"), await WirePhone.registered(stack.port, "bob")];
    const alice = await WirePhone.registered(stack.port, "alice");
    await fails(alice, alice.invite("+4940123"), 403);
    await rings(alice, alice.invite("bob"), bob);
    await rings(bob, bob.invite("+4940123"), pbx);
  });

  test.each([
    ["to a number", "sip:+4940123@localhost"],
    ["to another trunk", "sip:carrier@localhost"],
    ["to itself", "sip:pbx@localhost"],
  ])("that a trunk has brought goes out through none: %s (404)", async (_, uri) => {
    const stack = await trunkStack();
    const [pbx, carrier] = [await registered(stack, "password"), await registered(stack, "certificate")];
    await fails(pbx, call(pbx, { from: OUTSIDE, uri }), 404);
    await fails(pbx, call(pbx, { from: "sip:pbx@localhost", uri }), 404);
    await heardNothingMore(pbx, carrier);
  });
});

describe("who calls through a trunk", () => {
  const ASSERTED = [
    "P-Asserted-Identity: <sip:+498999@example.org>, <tel:+498999>",
    "P-Asserted-Identity: <sip:alice@localhost>",
  ];

  test.each<[string, object, string, readonly string[], string]>([
    ["a number", {}, "tel:+491711234", [], "<tel:+491711234>"],
    ["what it asserts, which is not believed", {}, OUTSIDE, ASSERTED, `<${OUTSIDE}>`],
    ["what it asserts, if it is trusted", { trusted: true }, OUTSIDE, ASSERTED, "<sip:+498999@example.org>"],
    ["one of ours, though it is trusted", { trusted: true }, OUTSIDE, ASSERTED.slice(1), `<${OUTSIDE}>`],
    ["itself", {}, "sip:pbx@localhost", [], "<sip:pbx@localhost>"],
    ["nobody (RFC 3323 §4.1.1.3)", {}, "sip:anonymous@anonymous.invalid", [], ""],
    ["nobody, as the caller wishes (RFC 3323 §4.2)", {}, OUTSIDE, ["Privacy: id"], ""],
  ])("is %s", async (_, more, from, lines, told) => {
    const stack = await trunkStack(more);
    const [pbx, bob] = [await registered(stack, "password"), await WirePhone.registered(stack.port, "bob")];
    const received = await rings(pbx, call(pbx, { from, uri: "sip:bob@localhost", lines }), bob);
    expect(received.all("P-Asserted-Identity").join()).toBe(told);
  });

  test("is not one of ours (403)", async () => {
    const stack = await trunkStack();
    const [pbx, bob] = [await registered(stack, "password"), await WirePhone.registered(stack.port, "bob")];
    await fails(pbx, call(pbx, { from: "sip:alice@localhost", uri: "sip:bob@localhost" }), 403);
    await heardNothingMore(bob);
  });

  test("sends no MESSAGE, unless the trunk has the right to that", async () => {
    const message = { from: OUTSIDE, uri: "sip:bob@localhost", method: "MESSAGE" };
    const strict = await trunkStack();
    const pbx = await registered(strict, "password");
    for (const from of [OUTSIDE, "sip:pbx@localhost"])
      expect((await pbx.ask(linesOf(pbx, { ...message, from }))).status).toBe(403);
    const lenient = await trunkStack({ rights: ["messages"] });
    const [other, bob] = [
      await registered(lenient, "password"),
      await WirePhone.registered(lenient.port, "bob"),
    ];
    const answer = other.ask(linesOf(other, message));
    bob.answer(await bob.request("MESSAGE"), 200, "OK");
    expect((await answer).status).toBe(200);
  });
});

test("a trunk may wake more phones than one caller, as it brings the calls of many", async () => {
  const stack = await trunkStack();
  const pbx = await registered(stack, "password");
  await lose(await WirePhone.registered(stack.port, "bob", android("bob")), stack);
  const calls = 12;
  for (let index = 0; index < calls; index++) {
    const invite = call(pbx, { from: OUTSIDE, uri: "sip:bob@localhost" });
    await pbx.response(182);
    await giveUp(pbx, invite);
  }
  const kinds = stack.sns.inbox.entries.map(({ payload }) => JSON.stringify(payload));
  expect(kinds.filter((text) => text.includes('"call"'))).toHaveLength(calls);
});

test("the timeline of a call names the trunk, the number, and who called", async () => {
  const stack = await trunkStack();
  const [pbx, alice] = [await registered(stack, "password"), await WirePhone.registered(stack.port, "alice")];
  const out = alice.invite("0301");
  await pickUp(pbx, await rings(alice, out, pbx), alice, out);
  const back = call(pbx, { from: OUTSIDE, uri: "sip:alice@localhost" });
  await pickUp(alice, await rings(pbx, back, alice), pbx, back);
  const sipwake = commandLine({ DATA_DIR: stack.folder });
  const timeline = async (invite: WireMessage) => (await sipwake(["calls", invite.one("Call-ID")])).stdout;
  expect(await timeline(out)).toContain("sip:0301@localhost, through the trunk office");
  expect(await timeline(back)).toContain(`by the trunk office, from ${OUTSIDE}`);
});
