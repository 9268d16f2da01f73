import { once } from "node:events";
import { createConnection } from "node:net";
import { expect, test } from "vitest";
import { localStack } from "../support/stack.ts";
import { token } from "../support/token.ts";
import { WirePhone } from "../support/wire-phone.ts";

/** A phone that has registered, with trouble on its mind; `ended` checks that nothing was lost by it. */
async function troubled() {
  const { port } = await localStack();
  const phone = await WirePhone.registered(port, "alice");
  return {
    port,
    phone,
    /** The connection lives on, with what was registered over it. */
    stillThere: async () => {
      const bob = await WirePhone.registered(port, "bob");
      bob.invite("alice");
      phone.answer(await phone.request("INVITE"), 200, "OK");
      await bob.response(200, "INVITE");
    },
  };
}

const HEAD = (callId: string) =>
  `Via: SIP/2.0/WS a.invalid;branch=z9hG4bK${token()}\r\nMax-Forwards: 70\r\nFrom: <sip:alice@localhost>;tag=1\r\nTo: <sip:bob@localhost>\r\nCall-ID: ${callId}\r\n`;

test.each([
  ["noise", "\u0000\u0001\u0002\u007f"],
  ["no SIP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ["half a start line", "INVITE sip:bob@"],
  ["a response to nothing", `SIP/2.0 200 OK\r\n${HEAD("r")}CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n`],
  [
    "a response with a forged Via of ours",
    `SIP/2.0 200 OK\r\nVia: SIP/2.0/WS localhost;branch=z9hG4bKf.AAAAAAAAAAAAAAAAAAAAAA.0\r\n${HEAD("f")}CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n`,
  ],
  [
    "an ACK of nothing",
    `ACK sip:bob@localhost SIP/2.0\r\n${HEAD("a")}CSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n`,
  ],
  [
    "a request without a Via",
    "OPTIONS sip:localhost SIP/2.0\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
  ],
])("%s is met with silence, and the connection lives on", async (_what, text) => {
  const { phone, stillThere } = await troubled();
  phone.say(text);
  await phone.caughtUp();
  expect(phone.unasked).toEqual([]);
  await stillThere();
});

test.each([
  [
    "a body shorter than it says (RFC 3261 §18.3)",
    `MESSAGE sip:bob@localhost SIP/2.0\r\n${HEAD("s")}CSeq: 1 MESSAGE\r\nContent-Length: 10\r\n\r\nhalf`,
    400,
  ],
  [
    "a header that is cut off",
    `MESSAGE sip:bob@localhost SIP/2.0\r\n${HEAD("c")}CSeq: 1 MESSAGE\r\nContent-Len`,
    400,
  ],
  [
    "no CSeq (RFC 3261 §8.1.1)",
    `MESSAGE sip:bob@localhost SIP/2.0\r\n${HEAD("q")}Content-Length: 0\r\n\r\n`,
    400,
  ],
  [
    "a CSeq of another method",
    `MESSAGE sip:bob@localhost SIP/2.0\r\n${HEAD("m")}CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n`,
    400,
  ],
  [
    "another version of SIP (RFC 3261 §21.5.6)",
    `MESSAGE sip:bob@localhost SIP/3.0\r\n${HEAD("v")}CSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n`,
    505,
  ],
  [
    "a scheme we do not know (RFC 3261 §21.4.14)",
    `MESSAGE tel:+123 SIP/2.0\r\n${HEAD("t")}CSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n`,
    416,
  ],
  [
    "no hops left (RFC 3261 §16.3 step 3)",
    `MESSAGE sip:bob@localhost SIP/2.0\r\n${HEAD("h").replace("Max-Forwards: 70", "Max-Forwards: 0")}CSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n`,
    483,
  ],
  [
    "a domain that is not ours",
    `MESSAGE sip:bob@elsewhere.example SIP/2.0\r\n${HEAD("d")}CSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n`,
    404,
  ],
  [
    "a dialog that never was",
    `BYE sip:bob@localhost SIP/2.0\r\n${HEAD("b").replace("bob@localhost>", "bob@localhost>;tag=2")}CSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n`,
    481,
  ],
  [
    "a CANCEL by somebody else",
    `CANCEL sip:bob@localhost SIP/2.0\r\n${HEAD("x").replace("alice", "carol")}CSeq: 1 CANCEL\r\nContent-Length: 0\r\n\r\n`,
    481,
  ],
])("%s gets a clear answer, and the connection lives on", async (_what, text, status) => {
  const { phone, stillThere } = await troubled();
  phone.say(text);
  const answer = await phone.hear(`${status}`, (message) => message.status !== undefined);
  expect(answer.status).toBe(status);
  expect(answer.one("Via")).toBe(/Via: (.*)/.exec(text)?.[1]);
  await stillThere();
});

test("the reason phrase says what is wrong and where (RFC 3261 §21.4.1)", async () => {
  const { phone } = await troubled();
  phone.say(
    `MESSAGE sip:bob@localhost SIP/2.0\r\n${HEAD("w")}CSeq: one MESSAGE\r\nContent-Length: 0\r\n\r\n`,
  );
  expect((await phone.final("MESSAGE")).startLine).toMatch(/^SIP\/2\.0 400 Bad Request \(.*CSeq.*\)$/);
});

test("an unknown method is somebody else's business: it goes to the user's device (RFC 3261 §16.2)", async () => {
  const { port, phone } = await troubled();
  const bob = await WirePhone.registered(port, "bob");
  phone.send("FLUMMOX", "bob");
  bob.answer(await bob.request("FLUMMOX"), 405, "Method Not Allowed");
  await phone.response(405);
});

test("a wrong password and an unknown user get the same answer (no user can be guessed)", async () => {
  const { port } = await localStack();
  const answers: string[] = [];
  for (const [user, password] of [
    ["alice", "wrong"],
    ["nobody", "sipwake"],
  ] as const) {
    const phone = await WirePhone.connect(port, user);
    const answer = await phone.register({}, { password });
    answers.push(answer.text.replace(/nonce="[^"]*"|(Via|From|To|Call-ID|CSeq): .*/g, ""));
  }
  expect(answers[0]).toContain("401 Unauthorized");
  expect(answers[1]).toBe(answers[0]);
});

test("nobody registers another's address (403)", async () => {
  const { port } = await localStack();
  const alice = await WirePhone.connect(port, "alice");
  expect((await alice.register({}, { of: "bob" })).status).toBe(403);
});

test("a REGISTER that cannot be read changes nothing (RFC 3261 §10.3 step 7)", async () => {
  const { phone, stillThere } = await troubled();
  const before = await phone.bindings();
  const answer = await phone.register(
    {},
    { contacts: "Contact: <sip:alice@second.invalid>\r\nContact: <sip:broken\r\n" },
  );
  expect(answer.status).toBe(400);
  expect(await phone.bindings()).toEqual(before);
  await stillThere();
});

test("octets that are no UTF-8 arrive as they were, in a binary frame (RFC 7118 §4.2)", async () => {
  const { port, phone } = await troubled();
  const bob = await WirePhone.registered(port, "bob");
  phone.send("MESSAGE", "bob", "caf\u00e9 \u00ff", { binary: true });
  expect((await bob.request("MESSAGE")).body).toBe("caf\u00e9 \u00ff");
});

test("noise in a binary frame is met with silence, and the connection lives on", async () => {
  const { phone, stillThere } = await troubled();
  phone.say("\u0000\u0001\u0002\u00ff\u00fe", { binary: true });
  await phone.caughtUp();
  expect(phone.unasked).toEqual([]);
  await stillThere();
});

test("a text frame that is no UTF-8 fails its connection, as RFC 6455 §8.1 wants, and nobody else's", async () => {
  const { port, stillThere } = await troubled();
  const careless = await WirePhone.connect(port, "carol");
  const closed = once(careless.socket, "close");
  careless.say("\u00ff\u00fe");
  expect((await closed)[0]).toBe(1007);
  await stillThere();
});

test("a double CRLF is answered by a single one (RFC 7118 §6, RFC 5626 §3.5.1)", async () => {
  const { phone } = await troubled();
  const pong = once(phone.socket, "message");
  phone.socket.send("\r\n\r\n");
  expect(String((await pong)[0])).toBe("\r\n");
});

test("a client that does not offer the subprotocol is refused before it is connected (RFC 7118 §4.1)", async () => {
  const { port } = await localStack();
  await expect(WirePhone.connect(port, "alice", "chat")).rejects.toThrow("400");
});

test("a frame beyond 128 KB ends its connection, and nobody else's", async () => {
  const { port, stillThere } = await troubled();
  const flooder = await WirePhone.connect(port, "carol");
  const closed = once(flooder.socket, "close");
  flooder.socket.send("x".repeat(200_000));
  expect((await closed)[0]).toBe(1009);
  await stillThere();
});

test("a WebSocket frame that is half sent and then cut off loses only itself", async () => {
  const { port, stillThere } = await troubled();
  const socket = createConnection(port, "127.0.0.1");
  socket.write(
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  await once(socket, "data");
  socket.write(Buffer.from([0x81, 0xfe, 0x01, 0x00, 1, 2, 3, 4, 5]));
  socket.destroy();
  await once(socket, "close");
  await stillThere();
});

test("a message as large as one may be is handed on with what we add; a larger one is answered 513 (RFC 3261 §21.5.7)", async () => {
  const { port, phone, stillThere } = await troubled();
  const bob = await WirePhone.registered(port, "bob");
  bob.send("MESSAGE", "alice", "x".repeat(121_000));
  const { body } = await phone.request("MESSAGE");
  expect(body).toHaveLength(121_000);
  bob.send("MESSAGE", "alice", "x".repeat(123_000));
  await bob.response(513, "MESSAGE");
  await stillThere();
});
