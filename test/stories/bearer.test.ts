import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import {
  aKeyServer,
  anIssuerKey,
  aToken,
  ISSUER,
  type TokenOptions,
  takingTokens,
} from "../support/an-issuer.ts";
import { localStack, passingFolder } from "../support/stack.ts";
import { token as random } from "../support/token.ts";
import { type HandshakeOptions, lose, WirePhone } from "../support/wire-phone.ts";

// Who is it? By a token of somebody whom we trust (RFC 8898), in requests and at connect.

const START = Date.UTC(2026, 10, 23, 9);

/** A stack that takes tokens, its clock, who issues them, and every line of its log. */
async function tokenStack(environment: Readonly<Record<string, string>> = {}) {
  const key = anIssuerKey();
  const server = await aKeyServer(key);
  let now = START;
  const log: string[] = [];
  const stack = await localStack(
    { ...takingTokens(server), ...environment },
    () => now,
    (line) => log.push(line),
  );
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  const token = (user: string, options?: TokenOptions) => aToken(key, user, now, options);
  const connect = (user: string, handshake?: HandshakeOptions) =>
    WirePhone.connect(stack.port, user, "sip", handshake);
  return { ...stack, server, key, pass, token, connect, log };
}

/** Registers with what Authorization says, or without it. */
function register(phone: WirePhone, authorization?: string, contact = {}) {
  phone.say(registerText(phone, authorization, contact));
  return phone.final("REGISTER");
}

let cseq = 0;

function registerText(phone: WirePhone, authorization?: string, { expires = 3_600, of = phone.user } = {}) {
  const credentials = authorization === undefined ? "" : `Authorization: ${authorization}\r\n`;
  return `REGISTER sip:localhost SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK${random()}\r\nMax-Forwards: 70\r\nFrom: <sip:${of}@localhost>;tag=1\r\nTo: <sip:${of}@localhost>\r\nCall-ID: ${phone.user}\r\nCSeq: ${++cseq} REGISTER\r\nContact: <${phone.contactUri()}>;expires=${expires}\r\n${credentials}Content-Length: 0\r\n\r\n`;
}

/** Says a MESSAGE with what further header lines; the answer to it. */
function message(phone: WirePhone, to: string, more = "") {
  phone.say(
    `MESSAGE sip:${to}@localhost SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK${random()}\r\nMax-Forwards: 70\r\nFrom: <${phone.address}>;tag=1\r\nTo: <sip:${to}@localhost>\r\nCall-ID: ${random()}\r\nCSeq: 1 MESSAGE\r\n${more}Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi`,
  );
  return phone.final("MESSAGE");
}

const secondsLeft = (contact = "") => Number(/;expires=(\d+)/.exec(contact)?.[1]);

describe("a challenge", () => {
  test("offers a token first, where to get one, and MD5 last (RFC 8898 §2.2, §4)", async () => {
    const { connect } = await tokenStack({ JWT_SCOPE: "calls messages" });
    const phone = await connect("alice");
    const answer = await register(phone);
    expect(answer.status).toBe(401);
    expect(answer.all("WWW-Authenticate")).toEqual([
      `Bearer realm="localhost", scope="calls messages", authz_server="${ISSUER}"`,
      expect.stringMatching(/^Digest realm="localhost".*algorithm=SHA-256/),
      expect.stringMatching(/^Digest realm="localhost".*algorithm=MD5/),
    ]);
  });

  test("of a proxy does so in Proxy-Authenticate (RFC 8898 §2.3)", async () => {
    const { connect } = await tokenStack();
    const answer = await message(await connect("alice"), "bob");
    expect(answer.status).toBe(407);
    expect(answer.all("Proxy-Authenticate")[0]).toBe(`Bearer realm="localhost", authz_server="${ISSUER}"`);
  });

  test.each<[string, TokenOptions]>([
    ["has expired", { claims: { exp: START / 1000 - 1 } }],
    ["is not for us", { claims: { aud: "web" } }],
    ["names somebody of another domain", { claims: { sub: "sip:alice@example.net" } }],
  ])("is what a token gets that %s, with the error (RFC 8898 §2.2, RFC 6750 §3.1)", async (_, options) => {
    const { connect, token } = await tokenStack();
    const phone = await connect("alice");
    const authorization = `Bearer ${await token("alice", options)}`;
    const registered = await register(phone, authorization);
    expect([registered.status, registered.all("WWW-Authenticate")[0]]).toEqual([
      401,
      `Bearer realm="localhost", authz_server="${ISSUER}", error="invalid_token"`,
    ]);
    const sent = await message(phone, "bob", `Proxy-Authorization: ${authorization}\r\n`);
    expect([sent.status, sent.all("Proxy-Authenticate")[0]]).toEqual([
      407,
      `Bearer realm="localhost", authz_server="${ISSUER}", error="invalid_token"`,
    ]);
  });

  test("names what is configured, in that order, and what it does not name is not taken", async () => {
    const { connect, token } = await tokenStack({ CHALLENGES: "md5" });
    const phone = await connect("alice");
    const answer = await register(phone, `Bearer ${await token("alice")}`);
    expect([answer.status, answer.all("WWW-Authenticate")]).toEqual([
      401,
      [expect.stringMatching(/^Digest .*algorithm=MD5/)],
    ]);
    const only = await tokenStack({ CHALLENGES: "bearer" });
    const other = await only.connect("alice");
    const refused = await register(other, phone.credentials(answer, "REGISTER", "sip:localhost"));
    expect([refused.status, refused.all("WWW-Authenticate")]).toEqual([
      401,
      [expect.stringMatching(/^Bearer /)],
    ]);
  });

  test("says the same, octet for octet, to a wrong password and to an unknown user", async () => {
    const { connect } = await tokenStack();
    const phone = await connect("alice");
    const challenge = await register(phone);
    const texts = ["alice", "nobody"].map((user) => {
      const text = registerText(
        phone,
        challenge && phone.credentials(challenge, "REGISTER", "sip:localhost", "wrong"),
      );
      return text
        .replace('username="alice"', `username="${user}"`)
        .replace(/branch=\w+/, "branch=z9hG4bKsame")
        .replace(/CSeq: \d+/, "CSeq: 99");
    });
    const answers: string[] = [];
    for (const text of texts) {
      phone.say(text);
      answers.push((await phone.final("REGISTER")).text);
    }
    expect(answers[0]).toMatch(/^SIP\/2.0 401 /);
    expect(answers[1]).toBe(answers[0]);
  });
});

describe("a REGISTER with a token", () => {
  test("registers its user, for no longer than the token lasts (RFC 8898 §2.2)", async () => {
    const { connect, token } = await tokenStack();
    const phone = await connect("alice");
    const answer = await register(phone, `Bearer ${await token("alice")}`);
    expect(answer.status).toBe(200);
    expect(secondsLeft(answer.one("Contact"))).toBe(600);
  });

  test("registers a user whom only the issuer knows, who can be called", async () => {
    const { connect, token } = await tokenStack();
    const [zoe, alice] = [await connect("zoe"), await connect("alice")];
    expect((await register(zoe, `Bearer ${await token("zoe")}`)).status).toBe(200);
    expect((await register(alice, `Bearer ${await token("alice")}`)).status).toBe(200);
    const sent = message(alice, "zoe");
    zoe.answer(await zoe.request("MESSAGE"), 200, "OK");
    expect((await sent).status).toBe(200);
  });

  test("gets less than the least if the token has less left: 423 would ask for what nobody can have", async () => {
    const { connect, token } = await tokenStack();
    const phone = await connect("alice");
    const soon = await token("alice", { claims: { exp: START / 1000 + 20 } });
    expect(secondsLeft((await register(phone, `Bearer ${soon}`)).one("Contact"))).toBe(20);
    expect((await register(phone, `Bearer ${await token("alice")}`, { expires: 10 })).status).toBe(423);
  });

  test("of another user is refused, and changes nothing (403)", async () => {
    const { connect, token } = await tokenStack();
    const phone = await connect("alice");
    const answer = await register(phone, `Bearer ${await token("alice")}`, { of: "bob" });
    expect(answer.startLine).toBe("SIP/2.0 403 Not Your Address");
  });

  test("ends with its token: the registration, and that the user is known", async () => {
    const { connect, token, pass } = await tokenStack();
    const [alice, bob] = [await connect("alice"), await connect("bob")];
    expect((await register(alice, `Bearer ${await token("alice")}`)).status).toBe(200);
    const lasting = await token("bob", { claims: { exp: START / 1000 + 7_200 } });
    expect((await register(bob, `Bearer ${lasting}`)).status).toBe(200);
    pass(599);
    const sent = message(alice, "bob");
    bob.answer(await bob.request("MESSAGE"), 200, "OK");
    expect((await sent).status).toBe(200);
    pass(1);
    expect((await message(alice, "bob")).status).toBe(407);
    // Past the grace in which a registration is still used.
    pass(5);
    bob.invite("alice");
    expect((await bob.final("INVITE")).status).toBe(480);
  });

  test("that is newer lets its user go on beyond the first one's end", async () => {
    const { connect, token, pass } = await tokenStack();
    const alice = await connect("alice");
    await register(alice, `Bearer ${await token("alice")}`);
    pass(500);
    expect((await register(alice, `Bearer ${await token("alice")}`)).status).toBe(200);
    pass(500);
    expect((await message(alice, "nobody")).status).toBe(404);
    pass(100);
    expect((await message(alice, "nobody")).status).toBe(407);
  });
});

describe("a request with a token", () => {
  test.each(["Proxy-Authorization", "Authorization"])(
    "in %s goes out without it, and no other is challenged until the token ends (RFC 8898 §2.1.2, §2.1.4)",
    async (header) => {
      const { connect, token, pass } = await tokenStack();
      const [alice, bob] = [await connect("alice"), await connect("bob")];
      const lasting = await token("bob", { claims: { exp: START / 1000 + 7_200 } });
      await register(bob, `Bearer ${lasting}`);
      const secret = await token("alice");
      alice.invite("bob", `${header}: Bearer ${secret}\r\n`);
      const invite = await bob.request("INVITE");
      expect(invite.text).not.toContain("eyJ");
      bob.answer(invite, 486, "Busy Here");
      expect((await alice.final("INVITE")).status).toBe(486);
      for (const more of ["", `${header}: Bearer ${secret}\r\n`]) {
        const sent = message(alice, "bob", more);
        const received = await bob.request("MESSAGE");
        expect(received.text).not.toContain("eyJ");
        bob.answer(received, 200, "OK");
        expect((await sent).status).toBe(200);
      }
      pass(600);
      expect((await message(alice, "bob")).status).toBe(407);
    },
  );

  test("does not lend its name to others (403), who are challenged on the same connection", async () => {
    const { connect, token } = await tokenStack();
    const alice = await connect("alice");
    const credentials = `Proxy-Authorization: Bearer ${await token("bob")}\r\n`;
    expect((await message(alice, "carol", credentials)).startLine).toBe("SIP/2.0 403 From Is Not You");
    expect((await message(alice, "carol")).status).toBe(407);
  });

  test("within a dialog goes on without it, too", async () => {
    const { connect, token } = await tokenStack();
    const [alice, bob] = [await connect("alice"), await connect("bob")];
    const secret = `Bearer ${await token("alice")}`;
    await register(alice, secret);
    await register(bob, `Bearer ${await token("bob")}`);
    const sent = alice.invite("bob");
    bob.answer(await bob.request("INVITE"), 200, "OK");
    const ok = await alice.response(200, "INVITE");
    alice.acknowledge(sent, ok);
    await bob.request("ACK");
    const bye = alice.withinCalled("INFO", sent, ok);
    expect((await bob.request("INFO")).text).not.toContain("eyJ");
    alice.say(
      bye.text
        .replace(/branch=\w+/, "branch=z9hG4bKother")
        .replace("\r\nCSeq:", `\r\nAuthorization: ${secret}\r\nCSeq:`),
    );
    expect((await bob.request("INFO")).text).not.toContain("eyJ");
  });
});

/** What a handshake is answered that is refused. */
async function refusal(port: number, query: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/${query}`, "sip", { headers });
  onTestFinished(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.once("unexpected-response", (_, { statusCode }) => resolve(statusCode ?? 0));
    socket.once("error", reject);
    socket.once("open", () => resolve(101));
  });
}

describe("a token at connect", () => {
  type Way = (token: string, port: number) => HandshakeOptions;
  const WAYS: readonly [string, Way][] = [
    ["in Authorization", (token) => ({ headers: { Authorization: `Bearer ${token}` } })],
    ["in the query", (token) => ({ query: `?x=1&access_token=${token}` })],
    [
      "in the cookie, from a page of ours",
      (token, port) => ({
        headers: { Cookie: `a=b; session=${token}`, Origin: `http://127.0.0.1:${port}` },
      }),
    ],
  ];

  test.each(WAYS)("%s: its user is challenged for nothing, until it ends", async (_, way) => {
    const { connect, token, pass, port } = await tokenStack({ JWT_COOKIE: "session" });
    const alice = await connect("alice", way(await token("alice"), port));
    expect((await message(alice, "nobody")).status).toBe(404);
    const registered = await register(alice);
    expect([registered.status, secondsLeft(registered.one("Contact"))]).toEqual([200, 600]);
    alice.invite("nobody");
    expect((await alice.final("INVITE")).status).toBe(404);
    pass(600);
    expect((await message(alice, "nobody")).status).toBe(407);
    expect((await register(alice)).status).toBe(401);
    expect((await register(alice, `Bearer ${await token("alice")}`)).status).toBe(200);
  });

  test.each(WAYS.slice(0, 2))(
    "%s that is not good is refused before the handshake is done (401)",
    async (_, way) => {
      const { token, port } = await tokenStack();
      const { query = "", headers = {} } = way(await token("alice", { claims: { aud: "web" } }), port);
      expect(await refusal(port, query, { ...headers })).toBe(401);
      expect(await refusal(port, "", {})).toBe(101);
    },
  );

  test("in a cookie counts for nothing from a page of another site, and where no cookie is configured", async () => {
    // It may connect, and prove itself; but the browser sends the cookie whatever page asks.
    const cookies = await tokenStack({ JWT_COOKIE: "session", ORIGINS: "*" });
    const foreign = { Cookie: `session=${await cookies.token("alice")}`, Origin: "https://evil.example" };
    expect((await message(await cookies.connect("alice", { headers: foreign }), "nobody")).status).toBe(407);
    const none = await tokenStack();
    const own = { Cookie: `session=${await none.token("alice")}`, Origin: `http://127.0.0.1:${none.port}` };
    expect((await message(await none.connect("alice", { headers: own }), "nobody")).status).toBe(407);
  });

  test("speaks for its user alone: whoever else is at the same connection is challenged", async () => {
    const { connect, token } = await tokenStack();
    const bob = await connect("bob", { query: `?access_token=${await token("alice")}` });
    expect((await message(bob, "nobody")).status).toBe(407);
    expect((await register(bob)).status).toBe(401);
    expect((await bob.register()).status).toBe(200);
  });

  test("lets its user give up a call that nobody has heard of yet, as one that is registered may", async () => {
    const { connect, token } = await tokenStack();
    const alice = await connect("alice", { query: `?access_token=${await token("alice")}` });
    const stranger = await connect("alice");
    const giveUp = (phone: WirePhone) => {
      phone.say(
        `CANCEL sip:bob@localhost SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK${random()}\r\nMax-Forwards: 70\r\nFrom: <${phone.address}>;tag=1\r\nTo: <sip:bob@localhost>\r\nCall-ID: ${random()}\r\nCSeq: 1 CANCEL\r\nContent-Length: 0\r\n\r\n`,
      );
      return phone.final("CANCEL");
    };
    expect((await giveUp(alice)).status).toBe(200);
    expect((await giveUp(stranger)).status).toBe(481);
  });
});

test("a new key of the issuer's is fetched when a token names it; without the key server, known keys go on", async () => {
  const { connect, token, pass, server, key } = await tokenStack();
  const phone = await connect("alice");
  expect((await register(phone, `Bearer ${await token("alice")}`)).status).toBe(200);
  const next = anIssuerKey();
  server.keys = [key, next];
  pass(60);
  const signed = () => aToken(next, "alice", START + 60_000);
  expect((await register(phone, `Bearer ${await signed()}`)).status).toBe(200);
  server.keys = undefined;
  pass(60);
  const unknown = await aToken(anIssuerKey(), "alice", START + 120_000);
  expect((await register(phone, `Bearer ${unknown}`)).status).toBe(401);
  expect((await register(phone, `Bearer ${await signed()}`)).status).toBe(200);
});

test("no token is ever written: not to the log, not to the records", async () => {
  const folder = passingFolder();
  const stack = await tokenStack({ DATA_DIR: folder, JWT_COOKIE: "session" });
  const { connect, token, log, port, close } = stack;
  const [good, bad] = [await token("alice"), await token("alice", { claims: { aud: "web" } })];
  await lose(await WirePhone.registered(port, "bob", { instance: crypto.randomUUID(), token: "t" }), stack);
  const alice = await connect("alice", {
    query: `?access_token=${good}`,
    headers: { Cookie: `session=${good}` },
  });
  for (const said of [good, bad, "", `${good} ${good}`]) await register(alice, `Bearer ${said}`);
  const credentials = `Authorization: Bearer ${good}\r\nProxy-Authorization: Bearer ${good}\r\n`;
  // One is kept until Bob's phone wakes, and one for as long as that takes.
  alice.invite("bob", credentials);
  await alice.response(182);
  expect((await message(alice, "bob", credentials)).status).toBe(202);
  await refusal(port, `?access_token=${bad}`, { Cookie: `session=${bad}` });
  await close();
  expect(log.join("")).toContain("token refused");
  // The payload: the same for all that is signed alike, header and signature are not.
  const secrets = [good, bad].map((text) => text.split(".")[1] ?? "");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "latin1"));
  const written = [log.join(""), ...texts].join("");
  expect(written).toContain("bob@localhost");
  for (const secret of secrets) expect(written).not.toContain(secret);
});
