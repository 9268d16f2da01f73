import { describe, expect, test } from "vitest";
import { token } from "../support/token.ts";
import type { WireMessage } from "../support/wire-message.ts";
import type { WirePhone } from "../support/wire-phone.ts";
import { answersTo, type Guarded, guarded, request, servesAsEver } from "./guarded.ts";

// What has gone wrong in other SIP servers and stacks: their input, and what must come of it here. After each the same connection serves a good
// client, nothing was written, nobody was pushed, and nobody went to where the message pointed. SECURITY.md has the whole table.

type Row = readonly [
  happened: string,
  holds: string,
  frames: (at: string, there: number) => readonly string[],
  answers: readonly number[],
];

const LONG = "a".repeat(8_000);
const TOO_LONG = "a".repeat(9_000);

const HOSTILE: readonly Row[] = [
  [
    "CVE-2017-9372: an 8 KB method in CSeq and a Via without a branch overflowed the heap (PJSIP)",
    "400, and a Via without a branch is as any other",
    (at) => [
      request("INVITE", { via: `SIP/2.0/UDP ${at}`, cseq: `1 ${LONG}` }),
      request(LONG, { via: `SIP/2.0/UDP ${at}`, cseq: `1 ${LONG}` }),
      request("INVITE", { via: `SIP/2.0/UDP ${at}`, cseq: `1 ${TOO_LONG}` }),
    ],
    [400, 407, 400],
  ],
  [
    "CVE-2018-8828: a long tag of From, or a long branch, was one octet too much (Kamailio)",
    "what fits in a line is read, what does not is 400, and without a Via silence",
    (at) => [
      request("INVITE", { from: `<sip:alice@localhost>;tag=${LONG}` }),
      request("INVITE", { via: `SIP/2.0/WS ${at};branch=z9hG4bK${LONG}` }),
      request("INVITE", { from: `<sip:alice@localhost>;tag=${TOO_LONG}` }),
      request("INVITE", { via: `SIP/2.0/WS ${at};branch=z9hG4bK${TOO_LONG}` }),
    ],
    [407, 407, 400],
  ],
  [
    "Kamailio's sanity checks of sizes came in 2026",
    "a line beyond 8 KB, the first one included, or more than 128 of them are 400",
    (at) => [
      request(TOO_LONG),
      request("INVITE", { uri: `sip:${TOO_LONG}@${at}` }),
      ...["Contact", "Route", "Record-Route", "Path", "Subject"].map((name) =>
        request("INVITE", { lines: [`${name}: <sip:${TOO_LONG}@${at};lr>`] }),
      ),
      request("INVITE", { lines: Array.from({ length: 130 }, (_, n) => `X-${n}: <sip:${at}>`) }),
    ],
    Array.from({ length: 8 }, () => 400),
  ],
  [
    "CVE-2016-9938: `Contact\\x01:` was taken for Contact, and `To\\x0b:` for To (Asterisk)",
    "only spaces and tabs may stand before a colon: 400",
    (at) =>
      ["Contact\x01", "Contact\x0b", "Contact\xa0", "Authorization\x1f", "\x00To"].map((name) =>
        request("REGISTER", { lines: [`${name}: <sip:alice@${at}>`] }),
      ),
    [400, 400, 400, 400, 400],
  ],
  [
    "CVE-2023-28098: the parser of Authorization read beyond its end (OpenSIPS)",
    "what is no credentials is 400, and what proves nobody 401",
    () =>
      [
        "Digest",
        "Digest ",
        'Digest username="',
        'Digest username="\\',
        "Digest username=",
        "Digest =,=,=",
        'Digest realm="localhost", nonce=, response=',
        `Digest ${'realm="localhost",'.repeat(400)}`,
        'Digest realm="localhost", username="alice", uri="sip:localhost", qop=auth, nc=00000001, response=""',
      ].map((value) => request("REGISTER", { lines: [`Authorization: ${value}`] })),
    [400, 400, 400, 400, 400, 400, 400, 400, 401],
  ],
  [
    "CVE-2026-23457: a Content-Length of 2^32 + 32 was read as 32, and the rest as another message (Linux conntrack)",
    "400 for a length that is none or more than there is; what stands behind a body is nothing",
    (at) => {
      const hidden = request("INVITE", {
        from: "<sip:mallory@localhost>;tag=1",
        lines: [`Contact: <sip:${at}>`],
      });
      return [
        request("INVITE", { body: `${" ".repeat(32)}${hidden}`, length: "4294967328" }),
        ...["18446744073709551648", "-1", "+4", "0x4", "1e9", "4 4", "99"].map((length) =>
          request("INVITE", { body: "v=0\n", length }),
        ),
        request("INVITE", { body: hidden, length: "0" }),
      ];
    },
    [...Array.from({ length: 8 }, () => 400), 407],
  ],
  [
    "drachtio: REGISTER with `*` over wss, `Contact: None`, a long message, a long Request-URI",
    "each is challenged or malformed like any other",
    (at) => [
      request("REGISTER", { lines: ["Contact: *", "Expires: 0"] }),
      request("REGISTER", { lines: ["Contact: *"] }),
      request("REGISTER", { lines: ["Contact: None"] }),
      request("REGISTER", { uri: `sip:${"u".repeat(300)}@${at}` }),
      request("INVITE", { uri: `sip:${"u".repeat(300)}@localhost` }),
      request("MESSAGE", { body: "x".repeat(100_000) }),
    ],
    [401, 401, 401, 404, 407, 407],
  ],
  [
    "three GHSA of sofia-sip: URLs and methods were read beyond their ends",
    "what is no URI is 400, what is another scheme's 416, what is no request is not answered",
    (at) => [
      ...[
        "sip:",
        "sip:@",
        `sip:%@${at}`,
        `sip:%4@${at}`,
        `sip:a@[::1`,
        `sip:a@${at}:`,
        `sip:a@${at};`,
        "sip",
      ].map((uri) => request("INVITE", { uri })),
      request("INVITE", { uri: `http://${at}/` }),
      request("INVITE@"),
    ],
    [400, 400, 400, 400, 400, 400, 400, 400, 416],
  ],
  [
    "Flexisip: a From or To without a user crashed the router (2025)",
    "who is nobody is challenged, or is not found",
    (at) => [
      request("INVITE", { from: `<sip:${at}>;tag=1` }),
      request("INVITE", { from: "<sip:localhost>;tag=1", to: "<sip:localhost>" }),
      request("INVITE", { uri: "sip:localhost", to: "<sip:localhost>" }),
      request("REGISTER", { from: "<sip:localhost>;tag=1", to: "<sip:localhost>" }),
      request("INVITE", { from: "<tel:+1>;tag=1" }),
    ],
    [407, 407, 407, 404, 407],
  ],
  [
    "drachtio: an ACK with a new branch crashed; so did answers to nothing",
    "an ACK, and a response to nothing of ours, are dropped",
    (at) => [
      request("ACK", { via: `SIP/2.0/WS ${at};branch=z9hG4bK${token()}`, lines: [`Route: <sip:${at};lr>`] }),
      `SIP/2.0 200 OK\r\nVia: SIP/2.0/WS ${at};branch=z9hG4bKf.x-0.y\r\nVia: SIP/2.0/TCP ${at}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n`,
    ],
    [],
  ],
];

/** Holds after whatever strangers said: the same connection is good, and there is nothing to see of it. */
async function traceless(stack: Guarded, phone: WirePhone): Promise<void> {
  expect(stack.deeds()).toEqual([]);
  await servesAsEver(phone);
  stack.unharmed();
}

describe("from a stranger", () => {
  test.each(HOSTILE)("%s; here: %s", async (_happened, _holds, framesAt, answers) => {
    const stack = await guarded();
    const phone = await stack.connect("alice");
    const heard: (number | undefined)[] = [];
    for (const frame of framesAt(stack.at, stack.there))
      heard.push(...(await answersTo(phone, frame)).map(({ status }) => status));
    expect(heard).toEqual(answers);
    await traceless(stack, phone);
  });

  test("CVE-2021-41145: any flood of requests exhausted the memory (FreeSWITCH); here: each is challenged, and nothing is kept", async () => {
    const stack = await guarded({
      requests: { burst: Number.POSITIVE_INFINITY, perSecond: Number.POSITIVE_INFINITY },
    });
    const phone = await stack.connect("alice");
    const before = stack.edge.remembered;
    for (let n = 0; n < 1_000; n++) phone.say(request(n % 2 === 0 ? "REGISTER" : "INVITE"));
    for (let n = 0; n < 500; n++) {
      await phone.response(401, "REGISTER");
      await phone.response(407, "INVITE");
    }
    expect(stack.edge.remembered).toBe(before);
    await traceless(stack, phone);
  });
});

describe("from a user who is known", () => {
  async function aliceAndBob() {
    const stack = await guarded();
    const alice = await stack.registered("alice");
    const bob = await stack.registered("bob");
    return { stack, alice, bob };
  }

  test("CVE-2020-28361: a header that was to go came back with a space before its colon (Kamailio); here: it goes, however it is spelt", async () => {
    const { stack, alice, bob } = await aliceAndBob();
    const spelt = [
      "P-Asserted-Identity ",
      "p-asserted-identity\t",
      "REMOTE-PARTY-ID \t ",
      "P-Preferred-Identity ",
    ];
    alice.invite("bob", spelt.map((name) => `${name}: <sip:boss@${stack.at}>\r\n`).join(""));
    const { text, all } = await bob.request("INVITE");
    expect(text).not.toContain("boss");
    expect(all("P-Asserted-Identity")).toEqual(["<sip:alice@localhost>"]);
    stack.unharmed();
  });

  test("CVE-2021-41158: a user agent answered a challenge of a foreign realm, and its digest was in the wrong hands (FreeSWITCH); here: no answer to our challenge reaches a callee", async () => {
    const { stack, alice, bob } = await aliceAndBob();
    const first = alice.invite("bob");
    const challenge =
      'Proxy-Authenticate: Digest realm="localhost", nonce="bobs", algorithm=MD5, qop="auth"\r\nWWW-Authenticate: Digest realm="bob.invalid", nonce="n", algorithm=MD5, qop="auth"\r\n';
    bob.answer(await bob.request("INVITE"), 407, "Proxy Authentication Required", "", challenge);
    const answer = await alice.response(407, "INVITE");
    const mine = alice.credentials(answer, "INVITE", "sip:bob@localhost");
    alice.acknowledge(first, answer);
    alice.invite(
      "bob",
      `Proxy-Authorization: ${mine}\r\nAuthorization: Digest realm="bob.invalid", username="a"\r\n`,
    );
    const again = await bob.request("INVITE");
    expect(again.all("Proxy-Authorization")).toEqual([]);
    // What is for Bob himself is not ours to take away.
    expect(again.all("Authorization")).toEqual(['Digest realm="bob.invalid", username="a"']);
    stack.unharmed();
  });

  test("CVE-2018-7286, CVE-2020-28327: INVITEs, and the connection goes before they are answered: crash (Asterisk); here: its end is an event like another", async () => {
    const { stack, alice, bob } = await aliceAndBob();
    for (let n = 0; n < 30; n++) alice.invite("bob");
    await bob.request("INVITE");
    await alice.vanish();
    await expect.poll(() => stack.edge.connections, { interval: 5 }).toBe(1);
    for (const invite of bob.unasked.filter(
      ({ method, status }) => method === "INVITE" && status === undefined,
    ))
      bob.answer(invite, 200, "OK");
    await servesAsEver(bob);
    await servesAsEver(await stack.connect("alice"));
    stack.unharmed();
  });

  test("drachtio: an answer to who has gone crashed; here: it is nothing", async () => {
    const { stack, alice, bob } = await aliceAndBob();
    alice.invite("bob");
    const invite = await bob.request("INVITE");
    bob.answer(invite, 180, "Ringing");
    await alice.response(180);
    await alice.vanish();
    await expect.poll(() => stack.edge.connections, { interval: 5 }).toBe(1);
    for (const status of [183, 200, 200, 486]) bob.answer(invite, status, "Whatever");
    await servesAsEver(bob);
    stack.unharmed();
  });

  test("Kamailio 8f7b0b049a, d7a7f22b84: a multipart body without an end was read for ever; here: no body is read", async () => {
    const { stack, alice, bob } = await aliceAndBob();
    const body = `--${"-".repeat(20_000)}\r\n\r\n--\r\n--b--b--\r\n`;
    const type = 'Content-Type: multipart/mixed;boundary=""\r\n';
    const text = request("MESSAGE", { body }).replace("Content-Length", `${type}Content-Length`);
    const answers: readonly WireMessage[] = await answersTo(alice, text);
    expect(answers).toEqual([]);
    const got = await bob.request("MESSAGE");
    expect(got.body).toBe(body);
    bob.answer(got, 200, "OK");
    await alice.response(200, "MESSAGE");
    stack.unharmed();
  });

  test("CVE-2025-47779: who was authenticated sent MESSAGEs in anybody's name (Asterisk); here: 403, and nobody hears them", async () => {
    const { stack, alice, bob } = await aliceAndBob();
    for (const from of [
      "<sip:bob@localhost>;tag=1",
      `<sip:boss@${stack.at}>;tag=1`,
      '"Boss" <sip:carol@localhost>;tag=1',
    ]) {
      const lines = request("MESSAGE", { from }).trimEnd().split("\r\n");
      expect((await alice.ask(lines)).status).toBe(403);
    }
    await bob.caughtUp();
    expect(bob.unasked.filter(({ status }) => status === undefined)).toEqual([]);
    stack.unharmed();
  });
});
