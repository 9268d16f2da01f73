import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { token } from "../support/token.ts";
import type { WireMessage } from "../support/wire-message.ts";
import type { WirePhone } from "../support/wire-phone.ts";
import { type Asked, answersTo, type Guarded, guarded, request, servesAsEver } from "./guarded.ts";

// What SIP is abused for: the input, and what must come of it. After each the same connection serves a good client, and nobody went to where a message
// pointed.

async function aliceAndBob() {
  const stack = await guarded();
  const alice = await stack.registered("alice");
  const bob = await stack.registered("bob");
  return { stack, alice, bob };
}

function requestsOf(phone: WirePhone): readonly string[] {
  return phone.unasked.filter(({ status }) => status === undefined).map(({ startLine }) => startLine);
}

async function nobodyHears(stack: Guarded, ...phones: readonly WirePhone[]): Promise<void> {
  for (const phone of phones) {
    await phone.caughtUp();
    expect(requestsOf(phone)).toEqual([]);
  }
  stack.unharmed();
}

describe("a registration cannot be hijacked: who registers is whom To names, else 403, and nothing is written", () => {
  test.each<[string, Asked, number]>([
    ["To is another user", { to: "<sip:bob@localhost>" }, 403],
    ["From and To are another user", { from: "<sip:bob@localhost>;tag=1", to: "<sip:bob@localhost>" }, 403],
    ["To is nobody", { to: "<sip:nobody@localhost>" }, 403],
    ["To is another user, spelt with escapes", { to: "<sip:%62ob@LOCALHOST;x=y>" }, 403],
    ["To is a user of another domain", { to: "<sip:bob@elsewhere.invalid>" }, 404],
    ["another registrar is asked", { uri: "sip:elsewhere.invalid" }, 404],
  ])("%s", async (_, asked, status) => {
    const stack = await guarded();
    const alice = await stack.connect("alice");
    for (const lines of [[`Contact: <sip:bob@${stack.at}>`], ["Contact: *", "Expires: 0"], []]) {
      const text = request("REGISTER", { ...asked, lines }).trimEnd();
      expect((await alice.ask(text.split("\r\n"))).status).toBe(status);
    }
    expect(stack.deeds()).toEqual([]);
    stack.unharmed();
    await servesAsEver(alice);
  });

  test("what From says is not whom a REGISTER is for: a third party's name there gives nobody anything (RFC 3261 §10.2)", async () => {
    const { stack, alice, bob } = await aliceAndBob();
    const before = await bob.bindings();
    const third = request("REGISTER", {
      from: "<sip:bob@localhost>;tag=1",
      lines: [`Contact: <sip:bob@${stack.at}>`],
    });
    expect((await alice.ask(third.trimEnd().split("\r\n"))).status).toBe(200);
    expect(await bob.bindings()).toEqual(before);
    expect((await alice.bindings()).join()).toContain(stack.at);
    stack.unharmed();
  });
});

/** Credentials as a client makes them, some of it otherwise. */
function digest(
  challenge: WireMessage,
  {
    user = "alice",
    password = "sipwake",
    method = "REGISTER",
    uri = "sip:localhost",
    qop = "auth",
    algorithm = "MD5",
    nonce = "",
    nc = "00000001",
    realm = "localhost",
  } = {},
): string {
  const given = nonce || (/nonce="([^"]*)"/.exec(challenge.one("WWW-Authenticate"))?.[1] ?? "");
  const md5 = (text: string) => createHash("md5").update(text).digest("hex");
  const ha1 = md5(`${user}:${realm}:${password}`);
  const ha2 = md5(`${method}:${uri}`);
  const response = qop === "" ? md5(`${ha1}:${given}:${ha2}`) : md5(`${ha1}:${given}:${nc}:c:${qop}:${ha2}`);
  const said = qop === "" ? "" : `, qop=${qop}, nc=${nc}, cnonce="c"`;
  return `Authorization: Digest username="${user}", realm="${realm}", nonce="${given}", uri="${uri}", algorithm=${algorithm}, response="${response}"${said}`;
}

describe("a digest proves one request, to us, over its connection, in the way that was asked for; else 401, and nothing is written", () => {
  test.each<[string, Parameters<typeof digest>[1]]>([
    ["no qop: the downgrade to RFC 2069", { qop: "" }],
    ["qop=auth-int, which was not offered", { qop: "auth-int" }],
    ["MD5-sess, which was not offered", { algorithm: "MD5-sess" }],
    ["SHA-512-256, which was not offered", { algorithm: "SHA-512-256" }],
    ["an algorithm of no name", { algorithm: "none" }],
    ["another Request-URI (RFC 7616 §3.4.6)", { uri: "sip:elsewhere.invalid" }],
    ["another method", { method: "INVITE" }],
    ["a realm of another's", { realm: "elsewhere.invalid" }],
    ["a nonce that is made up", { nonce: "zzzzzz.salt.AAAAAAAAAAAAAAAAAAAAAA" }],
    ["a nonce of nothing", { nonce: "." }],
    ["a count that is none", { nc: "-1" }],
    ["a user named __proto__", { user: "__proto__" }],
    ["a user named constructor", { user: "constructor" }],
    ["a user of quotes and expressions", { user: "x' OR '1'='1" }],
  ])("%s", async (_, changes) => {
    const stack = await guarded();
    const alice = await stack.connect("alice");
    const [challenge] = await answersTo(alice, request("REGISTER"));
    if (challenge === undefined) throw new Error("no challenge");
    const lines = [`Contact: <sip:alice@${stack.at}>`, digest(challenge, changes)];
    const answers = await answersTo(alice, request("REGISTER", { lines }));
    expect(answers.map(({ status }) => status)).toEqual([401]);
    expect(stack.deeds()).toEqual([]);
    stack.unharmed();
    await servesAsEver(alice);
  });

  test("a nonce that was overheard is worth nothing over another connection, with the right password: 401 stale", async () => {
    const stack = await guarded();
    const alice = await stack.connect("alice");
    const mallory = await stack.connect("alice");
    const [challenge] = await answersTo(alice, request("REGISTER"));
    if (challenge === undefined) throw new Error("no challenge");
    const lines = [`Contact: <sip:alice@${stack.at}>`, digest(challenge)];
    const [answer] = await answersTo(mallory, request("REGISTER", { lines }));
    expect(answer?.status).toBe(401);
    expect(answer?.one("WWW-Authenticate")).toContain("stale=true");
    expect(stack.deeds()).toEqual([]);
    stack.unharmed();
    await servesAsEver(mallory);
  });
});

describe("a call ends only from where it belongs", () => {
  /** Alice calls Bob, who rings; and Mallory has heard every word of it. */
  async function ringing() {
    const stack = await guarded();
    const alice = await stack.registered("alice");
    const bob = await stack.registered("bob");
    const mallory = await stack.connect("mallory");
    const invite = alice.invite("bob");
    const received = await bob.request("INVITE");
    bob.answer(received, 180, "Ringing");
    await alice.response(180);
    return { stack, alice, bob, mallory, invite, received };
  }

  test("CANCEL from another connection: 481, and the phone rings on", async () => {
    const { stack, alice, bob, mallory, invite, received } = await ringing();
    stack.deeds();
    mallory.cancel(invite);
    await mallory.response(481, "CANCEL");
    expect(stack.deeds()).toEqual([]);
    await nobodyHears(stack, bob);
    bob.answer(received, 200, "OK");
    await alice.response(200, "INVITE");
    await servesAsEver(bob);
  });

  test("CANCEL from the one who is called: 481, and the call stands", async () => {
    const { stack, alice, bob, invite, received } = await ringing();
    bob.cancel(invite);
    await bob.response(481, "CANCEL");
    await nobodyHears(stack, bob);
    bob.answer(received, 200, "OK");
    await alice.response(200, "INVITE");
  });

  test("a response from another connection: it is nothing, and the phone rings on", async () => {
    const { stack, alice, bob, mallory, received } = await ringing();
    mallory.answer(received, 200, "OK");
    mallory.answer(received, 603, "Decline");
    await mallory.caughtUp();
    await alice.caughtUp();
    expect(alice.unasked.filter(({ status = 0, method }) => status >= 200 && method === "INVITE")).toEqual(
      [],
    );
    bob.answer(received, 200, "OK");
    expect((await alice.response(200, "INVITE")).one("To")).toContain("bob-tag");
    stack.unharmed();
  });

  test.each(["BYE", "INFO", "INVITE", "ACK"])(
    "%s with all that was seen of the dialog but its sealed Routes: 403 or 481, and nobody hears it",
    async (method) => {
      const { stack, alice, bob, mallory, invite, received } = await ringing();
      bob.answer(received, 200, "OK");
      const ok = await alice.response(200, "INVITE");
      alice.acknowledge(invite, ok);
      await bob.request("ACK");
      stack.deeds();
      const seen = {
        callId: invite.one("Call-ID"),
        from: invite.one("From"),
        to: ok.one("To"),
        cseq: `900 ${method}`,
      };
      const sealed = ok.all("Record-Route").map((route) => `Route: ${route}`);
      const forged = sealed.map((route) => route.replace(/[A-Za-z0-9_-]{6}@/, "AAAAAA@"));
      const tries = [
        [],
        ["Route: <sip:localhost;lr>"],
        [`Route: <sip:${stack.at};lr>`],
        forged,
        forged.slice(1),
      ];
      for (const lines of tries) {
        const heard = await answersTo(mallory, request(method, { ...seen, uri: bob.contactUri(), lines }));
        expect(heard).toHaveLength(method === "ACK" ? 0 : 1);
        for (const { status } of heard) expect([403, 481]).toContain(status);
      }
      // The true Routes, with another dialog's name.
      const other = request(method, { ...seen, callId: token(), uri: bob.contactUri(), lines: sealed });
      const heard = (await answersTo(mallory, other)).map(({ status }) => status);
      expect(heard).toEqual(method === "ACK" ? [] : [403]);
      expect(stack.deeds()).toEqual([]);
      await nobodyHears(stack, alice, bob);
      alice.withinCalled("BYE", invite, ok);
      await bob.request("BYE");
    },
  );
});

test("who one is, is ours to say: identity headers of any spelling go, also where they are many, and in every method (RFC 3325 §5)", async () => {
  const { stack, alice, bob } = await aliceAndBob();
  const names = [
    "P-Asserted-Identity",
    "P-Preferred-Identity",
    "Remote-Party-ID",
    "p-asserted-identity ",
    "REMOTE-PARTY-ID\t",
  ];
  const lines = names.flatMap((name) => [
    `${name}: "Boss" <sip:boss@${stack.at}>`,
    `${name}: <tel:+1555>, <sip:boss@${stack.at}>`,
  ]);
  for (const method of [
    "INVITE",
    "MESSAGE",
    "SUBSCRIBE",
    "NOTIFY",
    "PUBLISH",
    "REFER",
    "OPTIONS",
    "FLUMMOX",
  ]) {
    alice.say(request(method, { lines }));
    const received = await bob.request(method);
    expect(received.text, method).not.toContain("oss");
    expect(received.text, method).not.toContain("+1555");
    expect(received.all("P-Asserted-Identity"), method).toEqual(["<sip:alice@localhost>"]);
    bob.answer(received, 200, "OK", "", `P-Asserted-Identity: <sip:boss@${stack.at}>\r\n`);
    expect((await alice.final(method)).text, method).not.toContain("boss");
  }
  stack.unharmed();
});

describe("what names a place leads nowhere", () => {
  test.each<[string, (at: string, port: number) => readonly string[]]>([
    [
      "Call-Info, Alert-Info, Error-Info, Reply-To",
      (at) => ["Call-Info", "Alert-Info", "Error-Info", "Reply-To"].map((name) => `${name}: <http://${at}/>`),
    ],
    [
      "Refer-To, Referred-By, Replaces, Target-Dialog",
      (at) => [
        `Refer-To: <sip:carol@${at};transport=tcp?Route=${at}>`,
        `Referred-By: <sip:x@${at}>`,
        `Replaces: 1@${at};to-tag=1;from-tag=2`,
      ],
    ],
    [
      "Path, Service-Route, P-Associated-URI",
      (at) => ["Path", "Service-Route", "P-Associated-URI"].map((name) => `${name}: <sip:${at};lr>`),
    ],
    [
      "Record-Route, Route",
      (at) => [`Record-Route: <sip:${at};lr;transport=udp>`, `Route: <sip:localhost;lr>, <sip:${at};lr>`],
    ],
    ["History-Info, Diversion", (at) => [`History-Info: <sip:x@${at}>;index=1`, `Diversion: <sip:x@${at}>`]],
    [
      "Contact with maddr",
      (_, port) => [`Contact: <sip:alice@b.invalid:${port};maddr=127.0.0.1;transport=tcp>`],
    ],
    [
      "Content-Indirection",
      (at) => [`Content-Type: message/external-body;access-type=URL;URL="http://${at}/"`],
    ],
    ["Identity and its certificate", (at) => [`Identity: a.b.c;info=<https://${at}/cert.cer>;alg=ES256`]],
    ["a Geolocation", (at) => [`Geolocation: <http://${at}/>`, `Geolocation-Routing: yes`]],
  ])("%s: of users and of strangers", async (_, linesAt) => {
    const { stack, alice, bob } = await aliceAndBob();
    const stranger = await stack.connect("carol");
    const lines = linesAt(stack.at, stack.there);
    for (const method of ["INVITE", "MESSAGE", "REFER", "SUBSCRIBE", "NOTIFY", "PUBLISH", "OPTIONS"]) {
      for (const phone of [alice, stranger])
        phone.say(
          request(method, {
            via: `SIP/2.0/TCP ${stack.at};branch=z9hG4bK${token()};rport;received=127.0.0.1`,
            lines,
            uri: "sip:bob@localhost",
          }),
        );
    }
    await alice.caughtUp();
    await stranger.caughtUp();
    await bob.caughtUp();
    for (const received of bob.unasked.filter(({ status }) => status === undefined)) {
      expect(received.one("P-Asserted-Identity")).toBe("<sip:alice@localhost>");
      bob.answer(received, 302, "Moved", "", `Contact: <sip:elsewhere@${stack.at};transport=tcp>\r\n`);
    }
    await bob.caughtUp();
    await alice.caughtUp();
    await servesAsEver(alice);
    stack.unharmed();
  });
});

describe("no line can be smuggled in", () => {
  test.each<[string, Asked]>([
    ["a CR in a value", { lines: ["Subject: a\rX-Evil: 1"] }],
    ["a LF in a value", { lines: ["Subject: a\nX-Evil: 1"] }],
    ["a NUL in a value", { lines: ["Subject: a\0X-Evil: 1"] }],
    ["a LF in the Request-URI", { uri: "sip:bob@localhost\nX-Evil:1" }],
    ["a CR in From", { from: '"a\rX-Evil: 1" <sip:alice@localhost>;tag=1' }],
    ["a LF in the branch", { via: "SIP/2.0/WS x.invalid;branch=z9hG4bK1\nX-Evil: 1" }],
  ])("%s: 400, and nobody hears it", async (_, asked) => {
    const { stack, alice, bob } = await aliceAndBob();
    stack.deeds();
    const answers = await answersTo(alice, request("INVITE", asked));
    expect(answers.map(({ status }) => status)).toEqual([400]);
    // A line of its own, it would be.
    expect(answers[0]?.text).not.toMatch(/[\r\n]X-Evil/);
    expect(stack.deeds()).toEqual([]);
    await nobodyHears(stack, bob);
    await servesAsEver(alice);
  });

  test("escapes stay escapes: in a name, a parameter, a header of a URI; and a folded line is one line", async () => {
    const { stack, alice, bob } = await aliceAndBob();
    const evil = "%0d%0aX-Evil:%201";
    alice.say(
      request("INVITE", {
        uri: "sip:bob@localhost",
        from: `"${evil}" <sip:alice@localhost;x=${evil}>;tag=${token()}`,
        lines: [`Contact: <sip:alice@a.invalid?Subject=${evil}>`, "Subject: a\r\n X-Evil: 1"],
      }),
    );
    const { text, all } = await bob.request("INVITE");
    expect(text).not.toMatch(/[\r\n]\s*X-Evil/);
    expect(all("X-Evil")).toEqual([]);
    expect(all("Subject")).toEqual(["a X-Evil: 1"]);
    const [answer] = await answersTo(alice, request("INVITE", { uri: `sip:bob${evil}@localhost` }));
    expect(answer?.status).toBe(404);
    expect(answer?.text).not.toMatch(/[\r\n]X-Evil/);
    stack.unharmed();
  });
});

describe("names of JavaScript's own are names like others", () => {
  const OWN = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];

  test("as header, parameter, URI parameter, tag, Call-ID and method: the request arrives as it is", async () => {
    const { stack, alice, bob } = await aliceAndBob();
    for (const name of OWN) {
      const lines = [
        `${name}: 1`,
        `${name}:`,
        `Accept-Contact: *;${name}=1`,
        `Contact: <sip:alice@a.invalid;${name}=x;${name}>;${name}=1`,
      ];
      const from = `<sip:alice@localhost;${name}=1>;tag=${name};${name}`;
      alice.say(
        request(name, {
          from,
          callId: name,
          lines,
          via: `SIP/2.0/WS x.invalid;branch=z9hG4bK${token()};${name}=1`,
        }),
      );
      const received = await bob.request(name);
      expect(received.all(name)).toEqual(["1", ""]);
      bob.answer(received, 200, "OK");
      await alice.response(200, name);
    }
    expect(({} as Record<string, unknown>)["1"]).toBeUndefined();
    await servesAsEver(alice);
    stack.unharmed();
  });

  test("as a user: nobody is called so unless he is made", async () => {
    const { stack, alice } = await aliceAndBob();
    for (const name of OWN) {
      const [answer] = await answersTo(
        alice,
        request("INVITE", { uri: `sip:${name}@localhost`, to: `<sip:${name}@localhost>` }),
      );
      expect(answer?.status).toBe(404);
      const [own] = await answersTo(alice, request("REGISTER", { to: `<sip:${name}@localhost>` }));
      expect(own?.status).toBe(401);
    }
    await servesAsEver(alice);
    stack.unharmed();
  });
});
