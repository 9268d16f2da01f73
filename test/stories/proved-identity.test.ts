import { describe, expect, test } from "vitest";
import { answerTo } from "../support/digest.ts";
import { localStack } from "../support/stack.ts";
import { token } from "../support/token.ts";
import type { WireMessage } from "../support/wire-message.ts";
import { WirePhone } from "../support/wire-phone.ts";

// Who has proved himself is not asked again over the same connection, and a proof is good once.

const HOUR = 3_600;

async function clockedStack() {
  let now = Date.UTC(2026, 10, 23, 9);
  const stack = await localStack({}, () => now);
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  return { ...stack, pass };
}

const messageTo = (phone: WirePhone, callee: string, from = phone.user) => [
  `MESSAGE sip:${callee}@localhost SIP/2.0`,
  `Via: SIP/2.0/WS x.invalid;branch=z9hG4bK${token()}`,
  "Max-Forwards: 70",
  `From: <sip:${from}@localhost>;tag=1`,
  `To: <sip:${callee}@localhost>`,
  `Call-ID: ${token()}`,
  "CSeq: 1 MESSAGE",
  "Content-Length: 0",
];

/** Says it without credentials. */
async function unproved(phone: WirePhone, callee: string): Promise<WireMessage> {
  phone.send("MESSAGE", callee, "hi");
  return phone.final("MESSAGE");
}

describe("a connection", () => {
  test.each(["INVITE", "MESSAGE", "SUBSCRIBE"])(
    "over which %s was proved by digest, without any REGISTER, is not challenged again",
    async (method) => {
      const { port } = await clockedStack();
      const alice = await WirePhone.connect(port, "alice");
      const lines = messageTo(alice, "alice").map((line) => line.replaceAll("MESSAGE", method));
      const contact = "Contact: <sip:alice@alice.invalid;transport=ws>";
      const proved = await alice.ask([...lines.slice(0, -1), "Event: reg", contact, ...lines.slice(-1)]);
      expect(proved.status).not.toBe(407);
      expect((await unproved(alice, "nobody")).status).toBe(404);
      alice.invite("nobody");
      expect((await alice.final("INVITE")).status).toBe(404);
    },
  );

  test("is asked again after an hour: a password that is changed does not let in for ever", async () => {
    const { port, pass } = await clockedStack();
    const alice = await WirePhone.connect(port, "alice");
    await alice.ask(messageTo(alice, "nobody"));
    pass(HOUR - 1);
    expect((await unproved(alice, "nobody")).status).toBe(404);
    pass(1);
    expect((await unproved(alice, "nobody")).status).toBe(407);
    expect((await alice.ask(messageTo(alice, "nobody"))).status).toBe(404);
    expect((await unproved(alice, "nobody")).status).toBe(404);
  });

  test("says nothing of any other one, nor of another user", async () => {
    const { port } = await clockedStack();
    const alice = await WirePhone.connect(port, "alice");
    await alice.ask(messageTo(alice, "nobody"));
    expect((await unproved(await WirePhone.connect(port, "alice"), "nobody")).status).toBe(407);
    alice.say(`${messageTo(alice, "nobody", "bob").join("\r\n")}\r\n\r\n`);
    expect((await alice.final("MESSAGE")).status).toBe(407);
  });

  test("that failed to prove anything is asked again", async () => {
    const { port } = await clockedStack();
    const alice = await WirePhone.connect(port, "alice");
    const challenge = await unproved(alice, "nobody");
    const wrong = alice.credentials(challenge, "MESSAGE", "sip:nobody@localhost", "wrong");
    const lines = messageTo(alice, "nobody");
    alice.say(
      `${[...lines.slice(0, -1), `Proxy-Authorization: ${wrong}`, ...lines.slice(-1)].join("\r\n")}\r\n\r\n`,
    );
    expect((await alice.final("MESSAGE")).status).toBe(407);
    expect((await unproved(alice, "nobody")).status).toBe(407);
  });

  test("remembers the ten that were proved last", async () => {
    const users = Array.from({ length: 12 }, (_, n) => `user${n}`);
    const { port } = await localStack({ SIP_USERS: users.map((user) => `${user}:sipwake`).join() });
    const phone = await WirePhone.connect(port, "user0");
    const ask = async (user: string, challenge?: WireMessage) => {
      const lines = messageTo(phone, "nobody", user);
      const credentials =
        challenge &&
        answerTo(challenge.all("Proxy-Authenticate"), user, "sipwake", "MESSAGE", "sip:nobody@localhost");
      const more = credentials === undefined ? [] : [`Proxy-Authorization: ${credentials}`];
      phone.say(`${[...lines.slice(0, -1), ...more, ...lines.slice(-1)].join("\r\n")}\r\n\r\n`);
      return phone.final("MESSAGE");
    };
    for (const user of users) expect((await ask(user, await ask(user))).status).toBe(404);
    const again: number[] = [];
    for (const user of users) again.push((await ask(user)).status ?? 0);
    expect(again).toEqual([407, 407, ...Array(10).fill(404)]);
  });
});

describe("a nonce", () => {
  /** Alice, her challenge, and a REGISTER that answers it for the so manieth time. */
  async function alicesNonce() {
    const { port } = await clockedStack();
    const alice = await WirePhone.connect(port, "alice");
    let cseq = 0;
    const textOf = (uses: number, challenge?: WireMessage, callId = "alice") => {
      const credentials =
        challenge &&
        answerTo(challenge.all("WWW-Authenticate"), "alice", "sipwake", "REGISTER", "sip:localhost", uses);
      const authorization = credentials === undefined ? "" : `Authorization: ${credentials}\r\n`;
      return `REGISTER sip:localhost SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK${token()}\r\nMax-Forwards: 70\r\nFrom: <${alice.address}>;tag=1\r\nTo: <${alice.address}>\r\nCall-ID: ${callId}\r\nCSeq: ${++cseq} REGISTER\r\nContact: <${alice.contactUri()}>;expires=600\r\n${authorization}Content-Length: 0\r\n\r\n`;
    };
    const say = (text: string) => {
      alice.say(text);
      return alice.final("REGISTER");
    };
    const challenge = await say(textOf(0));
    return { alice, textOf, say, challenge };
  }

  test.each<[string, readonly number[], number]>([
    ["twice, counted", [1, 2], 200],
    ["with a gap, as where a message was lost", [1, 7], 200],
    ["twice with the same count", [1, 1], 401],
    ["with a count that falls", [5, 4], 401],
  ])("used %s (%j): %i (RFC 7616 §3.4)", async (_, [first = 0, second = 0], status) => {
    const { textOf, say, challenge } = await alicesNonce();
    expect((await say(textOf(first, challenge))).status).toBe(200);
    const answer = await say(textOf(second, challenge));
    expect(answer.status).toBe(status);
    if (status === 200) return;
    // The password is right: its user is not asked for it again (§3.3).
    expect(answer.all("WWW-Authenticate").every((line) => line.endsWith("stale=true"))).toBe(true);
    expect((await say(textOf(1, answer))).status).toBe(200);
  });

  test("used by another REGISTER than the first is a replay, also under another Call-ID", async () => {
    const { textOf, say, challenge } = await alicesNonce();
    await say(textOf(1, challenge));
    expect((await say(textOf(1, challenge, "other"))).status).toBe(401);
  });

  test("is not replayed by the repetition of the very REGISTER that it proved", async () => {
    const { textOf, say, challenge } = await alicesNonce();
    const text = textOf(1, challenge);
    expect((await say(text)).status).toBe(200);
    expect((await say(text)).status).toBe(200);
  });

  test("is another one in every challenge, however fast they come: each begins a count of its own", async () => {
    const { textOf, say, challenge } = await alicesNonce();
    const other = await say(textOf(0));
    const nonceIn = (message: WireMessage) => /nonce="([^"]+)"/.exec(message.one("WWW-Authenticate"))?.[1];
    expect(nonceIn(other)).not.toBe(nonceIn(challenge));
    expect((await say(textOf(1, challenge))).status).toBe(200);
    expect((await say(textOf(1, other))).status).toBe(200);
  });

  test("that proved one request proves no other user's with the same count", async () => {
    const { port } = await clockedStack();
    const alice = await WirePhone.connect(port, "alice");
    const challenge = await unproved(alice, "nobody");
    const ask = async (user: string, uses: number) => {
      const credentials = answerTo(
        challenge.all("Proxy-Authenticate"),
        user,
        "sipwake",
        "MESSAGE",
        "sip:nobody@localhost",
        uses,
      );
      const lines = messageTo(alice, "nobody", user);
      alice.say(
        `${[...lines.slice(0, -1), `Proxy-Authorization: ${credentials}`, ...lines.slice(-1)].join("\r\n")}\r\n\r\n`,
      );
      return alice.final("MESSAGE");
    };
    expect((await ask("alice", 1)).status).toBe(404);
    const again = await ask("bob", 1);
    expect([again.status, again.one("Proxy-Authenticate")]).toEqual([
      407,
      expect.stringContaining("stale=true"),
    ]);
    expect((await ask("bob", 2)).status).toBe(404);
  });
});
