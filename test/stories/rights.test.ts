import { describe, expect, test } from "vitest";
import { aKeyServer, anIssuerKey, aToken, takingTokens } from "../support/an-issuer.ts";
import { commandLine } from "../support/command-line.ts";
import { answerTo as credentialsFor } from "../support/digest.ts";
import { localStack, passingFolder } from "../support/stack.ts";
import { token } from "../support/token.ts";
import type { WireMessage } from "../support/wire-message.ts";
import { type HandshakeOptions, heardNothingMore, WirePhone } from "../support/wire-phone.ts";

// What a user may do, as the administrator says, or his token.

/** Alice, declared; dave and erin in the records, whom the administrator may restrict; and somebody who issues tokens. */
async function stackOf(environment: Readonly<Record<string, string>> = {}) {
  const DATA_DIR = passingFolder();
  const key = anIssuerKey();
  const issuer = takingTokens(await aKeyServer(key));
  let now = Date.UTC(2026, 10, 23, 9);
  const stack = await localStack(
    { DATA_DIR, SIP_DOMAINS: "localhost,example.org", ...issuer, JWT_RIGHTS_CLAIM: "scope", ...environment },
    () => now,
  );
  const sipwake = commandLine({ DATA_DIR });
  await sipwake(["user", "import", "-"], "dave,sipwake\nerin,sipwake\n");
  const rights = async (user: string, ...words: readonly string[]) => {
    const { code, stderr } = await sipwake(["user", "rights", user, ...words]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  };
  const bearer = (user: string, scope?: string | readonly string[], seconds = 600) =>
    aToken(key, user, now, {
      claims: { exp: now / 1000 + seconds, ...(scope === undefined ? {} : { scope }) },
    });
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  return { ...stack, sipwake, rights, bearer, pass };
}

/** What a request outside of dialogs got. */
async function answerTo(phone: WirePhone, method: string, uri: string, more: readonly string[] = []) {
  const { startLine } = await phone.ask([
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/WS x.invalid;branch=z9hG4bK${token()}`,
    "Max-Forwards: 70",
    `From: <${phone.address}>;tag=1`,
    `To: <${uri}>`,
    `Call-ID: ${token()}`,
    `CSeq: 1 ${method}`,
    "Contact: <sip:x@x.invalid;transport=ws>",
    ...more,
    "Content-Length: 0",
  ]);
  return startLine.slice("SIP/2.0 ".length);
}

const ALICE = "sip:alice@localhost";
const NOBODY = "sip:nobody@localhost";
const NO_CALLS = "403 No Right To Call";
const NO_MESSAGES = "403 No Right To Send Messages";
const NOT_FOUND = "404 Not Found";

describe("a user in the records", () => {
  test("who may send messages only cannot call, whatever the method, and nobody hears of it", async () => {
    const { port, rights } = await stackOf();
    await rights("dave", "messages");
    const alice = await WirePhone.registered(port, "alice");
    const dave = await WirePhone.registered(port, "dave");
    for (const method of ["INVITE", "REFER", "OPTIONS", "SUBSCRIBE"]) {
      expect(await answerTo(dave, method, ALICE, ["Event: presence"])).toBe(NO_CALLS);
    }
    await heardNothingMore(alice);
    dave.send("MESSAGE", "alice", "hi");
    alice.answer(await alice.request("MESSAGE"), 200, "OK");
    expect((await dave.final("MESSAGE")).status).toBe(200);
  });

  test("who may call only cannot send messages, nobody is woken, and nothing is stored", async () => {
    const { port, rights, sns } = await stackOf();
    await rights("dave", "calls");
    const asleep = await WirePhone.registered(port, "alice", { token: "alices-token" });
    await asleep.vanish();
    const dave = await WirePhone.registered(port, "dave");
    expect(await answerTo(dave, "MESSAGE", ALICE)).toBe(NO_MESSAGES);
    expect(sns.inbox.entries).toEqual([]);
    const awake = await WirePhone.registered(port, "alice", { token: "alices-token" });
    await heardNothingMore(awake);
  });

  test("who may not call wakes no phone, and the operator sees why it did not ring", async () => {
    const { port, rights, sns, sipwake } = await stackOf();
    await rights("dave", "none");
    await (await WirePhone.registered(port, "alice", { token: "alices-token" })).vanish();
    const dave = await WirePhone.registered(port, "dave");
    expect(await answerTo(dave, "INVITE", ALICE)).toBe(NO_CALLS);
    expect(sns.inbox.entries).toEqual([]);
    const { stdout } = await sipwake(["calls", "--json"]);
    const [{ callId }] = JSON.parse(stdout) as [{ callId: string }];
    const told = await sipwake(["calls", callId]);
    expect(told.stdout).toContain("403 No Right To Call");
  });

  test("reaches users of the domains that he may reach, and no others", async () => {
    const { port, rights } = await stackOf();
    await rights("dave", "calls", "domain:example.org");
    const dave = await WirePhone.registered(port, "dave");
    expect(await answerTo(dave, "INVITE", ALICE)).toBe("403 No Right To Reach localhost");
    expect(await answerTo(dave, "INVITE", "sip:nobody@EXAMPLE.org")).toBe(NOT_FOUND);
  });

  test("without any right registers, sees his registrations, is called, and hangs up", async () => {
    const { port, rights } = await stackOf();
    await rights("dave", "none");
    const alice = await WirePhone.registered(port, "alice");
    const dave = await WirePhone.registered(port, "dave");
    expect(await answerTo(dave, "SUBSCRIBE", dave.address, ["Event: reg"])).toBe("200 OK");
    const invite = alice.invite("dave");
    const received = await dave.request("INVITE");
    dave.answer(received, 200, "OK", "v=0\r\n");
    alice.acknowledge(invite, await alice.response(200, "INVITE"));
    await dave.request("ACK");
    dave.withinAnswered("INVITE", received);
    await alice.request("INVITE");
    dave.withinAnswered("BYE", received);
    await alice.request("BYE");
  });

  test("is restricted also over a connection that only a call of his was proved over", async () => {
    const { port, rights } = await stackOf();
    await rights("dave", "messages");
    const dave = await WirePhone.connect(port, "dave");
    expect(await answerTo(dave, "INVITE", NOBODY)).toBe(NO_CALLS);
    // Remembered, not asked again.
    dave.invite("nobody");
    expect((await dave.final("INVITE")).startLine).toContain(NO_CALLS);
    expect(await answerTo(dave, "MESSAGE", NOBODY)).toBe(NOT_FOUND);
  });

  test("whose rights change has the new ones at once where he is registered, and within an hour elsewhere", async () => {
    const { port, rights, pass } = await stackOf();
    const registered = await WirePhone.registered(port, "dave", { token: "daves-token", expires: 7_200 });
    const calling = await WirePhone.connect(port, "dave");
    expect(await answerTo(registered, "INVITE", NOBODY)).toBe(NOT_FOUND);
    expect(await answerTo(calling, "INVITE", NOBODY)).toBe(NOT_FOUND);
    await rights("dave", "messages");
    expect(await answerTo(registered, "INVITE", NOBODY)).toBe(NO_CALLS);
    expect(await answerTo(calling, "INVITE", NOBODY)).toBe(NOT_FOUND);
    pass(3_600);
    expect(await answerTo(calling, "INVITE", NOBODY)).toBe(NO_CALLS);
    await rights("dave", "all");
    expect(await answerTo(registered, "INVITE", NOBODY)).toBe(NOT_FOUND);
  });

  test("keeps his rights when he gets another password, alone or with many", async () => {
    const { port, rights, sipwake } = await stackOf();
    await rights("dave", "messages");
    await rights("erin", "messages");
    await sipwake(["user", "passwd", "dave"], "other\n");
    await sipwake(["user", "import", "-"], "erin,other\n");
    for (const user of ["dave", "erin"]) {
      const phone = await WirePhone.connect(port, user);
      expect((await phone.register({}, { password: "other" })).status).toBe(200);
      expect(await answerTo(phone, "INVITE", NOBODY)).toBe(NO_CALLS);
    }
  });

  test("does not restrict another one on the same connection", async () => {
    const { port, rights } = await stackOf();
    await rights("dave", "messages");
    const phone = await WirePhone.registered(port, "dave");
    const invite = (user: string, credentials = "") => {
      phone.say(
        `INVITE ${NOBODY} SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK${token()}\r\nMax-Forwards: 70\r\nFrom: <sip:${user}@localhost>;tag=1\r\nTo: <${NOBODY}>\r\nCall-ID: ${token()}\r\nCSeq: 1 INVITE\r\n${credentials}Content-Length: 0\r\n\r\n`,
      );
      return phone.final("INVITE");
    };
    const challenge = (await invite("alice")).all("Proxy-Authenticate");
    const proof = credentialsFor(challenge, "alice", "sipwake", "INVITE", NOBODY);
    expect((await invite("alice", `Proxy-Authorization: ${proof}\r\n`)).status).toBe(404);
    expect((await invite("dave")).status).toBe(403);
    expect((await invite("alice")).status).toBe(404);
  });
});

describe("a user with a token", () => {
  const registerBy = (phone: WirePhone, bearer: string) => {
    phone.say(
      `REGISTER sip:localhost SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK${token()}\r\nMax-Forwards: 70\r\nFrom: <${phone.address}>;tag=1\r\nTo: <${phone.address}>\r\nCall-ID: ${phone.user}\r\nCSeq: ${++cseq} REGISTER\r\nContact: <${phone.contactUri()}>;expires=600\r\nAuthorization: Bearer ${bearer}\r\nContent-Length: 0\r\n\r\n`,
    );
    return phone.final("REGISTER");
  };
  let cseq = 0;

  const INVITE_FOR_NOBODY = async (phone: WirePhone): Promise<WireMessage> => {
    phone.invite("nobody");
    return phone.final("INVITE");
  };

  test.each<[string, string | readonly string[] | undefined, number]>([
    ["calls, among words of others", "openid calls", 404],
    ["calls, in a list", ["calls"], 404],
    ["messages only", "messages", 403],
    ["nothing", "", 403],
    ["nothing of rights", undefined, 404],
  ])("that says %s: %j gives a call %s", async (_, scope, status) => {
    const { port, bearer } = await stackOf();
    const bySip = await WirePhone.connect(port, "zoe");
    expect((await registerBy(bySip, await bearer("zoe", scope))).status).toBe(200);
    expect((await INVITE_FOR_NOBODY(bySip)).status).toBe(status);
    const handshake: HandshakeOptions = {
      headers: { Authorization: `Bearer ${await bearer("zoe", scope)}` },
    };
    const atConnect = await WirePhone.connect(port, "zoe", "sip", handshake);
    expect((await INVITE_FOR_NOBODY(atConnect)).status).toBe(status);
  });

  test("that says no rights has those of his record; where it does say some, they win", async () => {
    const { port, rights, bearer } = await stackOf();
    await rights("dave", "messages");
    for (const [scope, status] of [
      [undefined, 403],
      ["calls", 404],
    ] as const) {
      const bySip = await WirePhone.connect(port, "dave");
      await registerBy(bySip, await bearer("dave", scope));
      expect((await INVITE_FOR_NOBODY(bySip)).status).toBe(status);
      const handshake = { headers: { Authorization: `Bearer ${await bearer("dave", scope)}` } };
      const atConnect = await WirePhone.connect(port, "dave", "sip", handshake);
      expect((await INVITE_FOR_NOBODY(atConnect)).status).toBe(status);
    }
  });

  test("has the rights of the newest one, over the same connection", async () => {
    const { port, bearer } = await stackOf();
    const handshake = { headers: { Authorization: `Bearer ${await bearer("zoe", "calls")}` } };
    const zoe = await WirePhone.connect(port, "zoe", "sip", handshake);
    expect((await INVITE_FOR_NOBODY(zoe)).status).toBe(404);
    for (const [scope, status] of [
      ["messages", 403],
      ["calls", 404],
      ["messages", 403],
    ] as const) {
      expect((await registerBy(zoe, await bearer("zoe", scope))).status).toBe(200);
      expect((await INVITE_FOR_NOBODY(zoe)).status).toBe(status);
    }
  });

  test("has those of the newest one also when that ends before the one that he registered with", async () => {
    const { port, bearer, pass } = await stackOf();
    const zoe = await WirePhone.connect(port, "zoe");
    expect((await registerBy(zoe, await bearer("zoe", "calls", 600))).status).toBe(200);
    expect((await registerBy(zoe, await bearer("zoe", "messages", 60))).status).toBe(200);
    pass(61);
    expect((await INVITE_FOR_NOBODY(zoe)).status).toBe(403);
  });

  test("that says rights keeps them, whatever the administrator says meanwhile", async () => {
    const { port, rights, bearer } = await stackOf();
    const dave = await WirePhone.connect(port, "dave");
    await registerBy(dave, await bearer("dave", "calls"));
    await rights("dave", "none");
    expect((await INVITE_FOR_NOBODY(dave)).status).toBe(404);
  });
});
