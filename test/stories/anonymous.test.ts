import { expect, test } from "vitest";
import { pushesOf } from "../support/calls.ts";
import { commandLine } from "../support/command-line.ts";
import { answerTo } from "../support/digest.ts";
import { localStack, passingFolder } from "../support/stack.ts";
import { token } from "../support/token.ts";
import { wireMessage } from "../support/wire-message.ts";
import { heardNothingMore, lose, WirePhone } from "../support/wire-phone.ts";

// A caller may hide from whom he calls, and from nobody else (RFC 3323, RFC 3325).

const NOBODY = '"Anonymous" <sip:anonymous@anonymous.invalid>';

function textOf(method: string, callee: string, more: readonly string[] = []): string {
  const body = "hi";
  return [
    `${method} sip:${callee}@localhost SIP/2.0`,
    `Via: SIP/2.0/WS x.invalid;branch=z9hG4bK${token()}`,
    "Max-Forwards: 70",
    `From: ${NOBODY};tag=${token()}`,
    `To: <sip:${callee}@localhost>`,
    `Call-ID: ${token()}`,
    `CSeq: 1 ${method}`,
    "Contact: <sip:anonymous@x.invalid;transport=ws>",
    ...more,
    "Content-Type: text/plain",
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

/** Says it, and if it is challenged once more as this user. */
async function proving(
  phone: WirePhone,
  user: string,
  method: string,
  callee: string,
  more: readonly string[] = [],
) {
  phone.say(textOf(method, callee, more));
  const challenge = await phone.final(method);
  expect(challenge.status).toBe(407);
  const uri = `sip:${callee}@localhost`;
  const proof = answerTo(challenge.all("Proxy-Authenticate"), user, "sipwake", method, uri);
  phone.say(textOf(method, callee, [...more, `Proxy-Authorization: ${proof}`]));
  return phone.final(method);
}

test.each<[string, readonly string[]]>([
  ["says so in From alone", []],
  ["says which of his names it is", ["P-Preferred-Identity: <sip:alice@localhost>"]],
  ["asks for it", ["Privacy: id", "P-Preferred-Identity: <sip:alice@localhost>"]],
])(
  "a user who is registered and %s calls, and the phone that is called hears nowhere who he is",
  async (_, more) => {
    const stack = await localStack();
    const alice = await WirePhone.registered(stack.port, "alice");
    const bob = await WirePhone.registered(stack.port, "bob");
    alice.say(textOf("INVITE", "bob", more));
    const { text, one } = await bob.request("INVITE");
    expect(one("From")).toContain(NOBODY);
    expect(text).not.toContain("sip:alice@");
    expect(text).not.toMatch(/^P-(Asserted|Preferred)-Identity/im);
  },
);

test("the push that wakes a phone names the caller no more than From does", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  await lose(await WirePhone.registered(stack.port, "bob", { token: "bobs-token" }), stack);
  alice.say(textOf("INVITE", "bob", ["P-Preferred-Identity: <sip:alice@localhost>"]));
  await alice.response(182);
  alice.say(textOf("MESSAGE", "bob"));
  expect((await alice.final("MESSAGE")).status).toBe(202);
  await expect.poll(() => pushesOf(stack).length, { interval: 5 }).toBe(2);
  for (const { payload } of stack.sns.inbox.entries) {
    expect(JSON.stringify(payload)).toContain("sip:anonymous@anonymous.invalid");
  }
  expect(JSON.stringify(stack.sns.inbox.entries)).not.toContain("sip:alice@");
});

test("who hides nothing is named, though From names nobody (Privacy: none)", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  const bob = await WirePhone.registered(stack.port, "bob");
  alice.say(textOf("INVITE", "bob", ["Privacy: none"]));
  expect((await bob.request("INVITE")).one("P-Asserted-Identity")).toBe("<sip:alice@localhost>");
});

test("the operator sees who called", async () => {
  const DATA_DIR = passingFolder();
  const stack = await localStack({ DATA_DIR });
  const alice = await WirePhone.registered(stack.port, "alice");
  alice.say(textOf("INVITE", "nobody"));
  await alice.final("INVITE");
  const { stdout } = await commandLine({ DATA_DIR })(["calls", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject([{ attempts: [{ caller: "sip:alice@localhost" }] }]);
});

test("a stranger who names nobody is challenged, and rings nobody (407)", async () => {
  const stack = await localStack();
  const bob = await WirePhone.registered(stack.port, "bob");
  const stranger = await WirePhone.connect(stack.port, "mallory");
  stranger.say(textOf("INVITE", "bob", ["P-Preferred-Identity: <sip:alice@localhost>"]));
  expect((await stranger.final("INVITE")).status).toBe(407);
  await heardNothingMore(bob);
});

test("who has not registered proves who he is, and need not say it", async () => {
  const stack = await localStack();
  const alice = await WirePhone.connect(stack.port, "alice");
  expect((await proving(alice, "alice", "INVITE", "nobody")).status).toBe(404);
  alice.say(textOf("INVITE", "nobody"));
  expect((await alice.final("INVITE")).status).toBe(404);
});

test("who prefers another's name is refused, whatever he proves (403, RFC 3325 §5)", async () => {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  const boss = ["P-Preferred-Identity: <sip:bob@localhost>"];
  expect((await proving(alice, "alice", "INVITE", "carol", boss)).status).toBe(403);
});

test("who hides has the rights that he has, and gives up what he began", async () => {
  const DATA_DIR = passingFolder();
  const stack = await localStack({ DATA_DIR });
  const sipwake = commandLine({ DATA_DIR });
  await sipwake(["user", "add", "dave"], "sipwake\n");
  const dave = await WirePhone.registered(stack.port, "dave");
  const bob = await WirePhone.registered(stack.port, "bob");
  const invite = textOf("INVITE", "bob");
  dave.say(invite);
  bob.answer(await bob.request("INVITE"), 180, "Ringing");
  await dave.response(180);
  dave.cancel(wireMessage(invite));
  expect((await dave.final("CANCEL")).status).toBe(200);
  await bob.request("CANCEL");
  await sipwake(["user", "rights", "dave", "none"]);
  dave.say(textOf("MESSAGE", "bob"));
  expect((await dave.final("MESSAGE")).status).toBe(403);
});
