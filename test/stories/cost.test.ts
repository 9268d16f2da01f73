import { describe, expect, onTestFinished, test } from "vitest";
import { type Rights, rightsOf } from "../../functions/auth/rights.ts";
import { gateway } from "../../functions/gateway/gateway.ts";
import { aor } from "../../functions/sip/aor.ts";
import { OwnEdge } from "../../infra/edge/own-edge.ts";
import { answerTo } from "../support/digest.ts";
import { notedApp } from "../support/noted-app.ts";
import { token } from "../support/token.ts";
import { type WireMessage, wireMessage } from "../support/wire-message.ts";
import { WirePhone } from "../support/wire-phone.ts";

// What a REGISTER, a call and a request within a dialog cost: every read and every write of a record, as the ports see them.

const BOB = aor("bob", "localhost");

/** Alice and Bob, and somebody who has not registered, each on a socket of a real edge. */
async function aliceAndBob(strangersName = "carol", rights?: Rights) {
  const edge = new OwnEdge();
  const { app, costs, faults } = await notedApp(edge, rights);
  const port = await edge.listen(gateway(app), "127.0.0.1", 0);
  onTestFinished(() => edge.stop());
  const alice = await WirePhone.registered(port, "alice");
  const bob = await WirePhone.registered(port, "bob");
  const stranger = await WirePhone.connect(port, strangersName);
  costs.length = 0;
  return { alice, bob, stranger, costs, faults };
}

/** Bob on a connection of an edge that keeps what it is to send. */
async function bobAtTheGateway() {
  const sent: WireMessage[] = [];
  const { app, stores, costs, faults, pass } = await notedApp({
    send: async (_to, message) => {
      sent.push(wireMessage(message));
      return "sent";
    },
    close: async () => "gone",
  });
  const { message } = gateway(app);
  let cseq = 0;
  let challenge: WireMessage | undefined;
  let uses = 0;
  /** The answer to a REGISTER, and what it cost. Without proof it is challenged; with it, by the last challenge. */
  const register = async (contacts: readonly string[], { proof = true } = {}) => {
    const credentials =
      proof && challenge !== undefined
        ? [
            `Authorization: ${answerTo(challenge.all("WWW-Authenticate"), "bob", "sipwake", "REGISTER", "sip:localhost", ++uses)}`,
          ]
        : [];
    const lines = [
      "REGISTER sip:localhost SIP/2.0",
      `Via: SIP/2.0/WS bob.invalid;branch=z9hG4bK${token()}`,
      "From: <sip:bob@localhost>;tag=1",
      "To: <sip:bob@localhost>",
      "Call-ID: bobs-phone",
      `CSeq: ${++cseq} REGISTER`,
      "Supported: path, outbound, gruu",
      ...contacts.map((contact) => `Contact: ${contact}`),
      ...credentials,
      "Content-Length: 0",
    ];
    costs.length = 0;
    sent.length = 0;
    const body = `${lines.join("\r\n")}\r\n\r\n`;
    await message({ requestContext: { connectionId: "bobs" }, body, isBase64Encoded: false });
    expect(faults).toEqual([]);
    const [answer, ...others] = sent;
    if (answer === undefined || others.length > 0) throw new Error("not answered once");
    if (answer.status === 401) [challenge, uses] = [answer, 0];
    return {
      status: answer.status,
      startLine: answer.startLine,
      contacts: answer.all("Contact"),
      costs: [...costs],
    };
  };
  /** Octets of Bob's location as a store keeps it. */
  const octets = async () => JSON.stringify((await stores.locations.read(BOB)).value).length;
  return { register, octets, pass };
}

const PHONE = '<sip:bob@bob.invalid;transport=ws>;reg-id=1;+sip.instance="<urn:uuid:1>";expires=600';
const SLEEPY =
  '<sip:bob@bob.invalid;transport=ws;pn-provider=fcm;pn-param=app;pn-prid=t>;reg-id=1;+sip.instance="<urn:uuid:1>";expires=600';

/** What proving who one is costs, and then a REGISTER that only renews. */
const REFRESH = ["read subscriber", "read location", "write location"];

test("a challenge costs nothing: no record is touched for who has proved nothing", async () => {
  const { register } = await bobAtTheGateway();
  expect(await register([PHONE])).toMatchObject({ status: 401, costs: [] });
});

test("the first REGISTER over a connection also notes under the connection what it registers, and looks whether that and the user still are", async () => {
  const { register } = await bobAtTheGateway();
  await register([PHONE], { proof: false });
  expect(await register([PHONE])).toMatchObject({
    status: 200,
    costs: [
      "read subscriber",
      "read location",
      "read connection",
      "write connection",
      "write location",
      "read connection",
      "read subscriber",
    ],
  });
});

test.each([
  ["without push", PHONE],
  ["with push", SLEEPY],
])(
  "a refresh costs one read and one write of the location, and the read of the credentials: %s",
  async (_what, contact) => {
    const { register, pass } = await bobAtTheGateway();
    await register([contact]);
    await register([contact]);
    pass(300);
    // The nonce still holds: one message, one answer.
    expect(await register([contact])).toMatchObject({ status: 200, costs: REFRESH });
    pass(300);
    // A client that wants to be challenged each time.
    expect(await register([contact], { proof: false })).toMatchObject({ status: 401, costs: [] });
    expect(await register([contact])).toMatchObject({ status: 200, costs: REFRESH });
  },
);

test("a nonce that is too old costs one read: the password is right, so that the client may go on with a new one", async () => {
  const { register, pass } = await bobAtTheGateway();
  await register([PHONE]);
  await register([PHONE]);
  pass(3_601);
  expect(await register([PHONE])).toMatchObject({ status: 401, costs: ["read subscriber"] });
  expect(await register([PHONE])).toMatchObject({ status: 200 });
});

test("a question where one is costs no write (RFC 3261 §10.2.3)", async () => {
  const { register } = await bobAtTheGateway();
  await register([PHONE]);
  await register([PHONE]);
  expect(await register([])).toMatchObject({ status: 200, costs: ["read subscriber", "read location"] });
});

test("the end of a registration costs what a refresh does (RFC 3261 §10.2.2)", async () => {
  const { register } = await bobAtTheGateway();
  await register([PHONE]);
  await register([PHONE]);
  const gone = PHONE.replace("expires=600", "expires=0");
  expect(await register([gone])).toMatchObject({ status: 200, contacts: [], costs: REFRESH });
});

test("what is refused is not written, and costs one read of the location at most", async () => {
  const { register } = await bobAtTheGateway();
  await register([PHONE]);
  expect(await register([PHONE.replace("expires=600", "expires=10")])).toMatchObject({
    status: 423,
    costs: ["read subscriber", "read location"],
  });
});

/** The n-th contact of so many octets, most of them a token's. */
function contactOf(n: number, octets: number): string {
  const instance = `+sip.instance="<urn:uuid:00000000-0000-4000-8000-00000000000${n}>"`;
  const contact = (prid: string) =>
    `<sip:bob${n}@bob.invalid;transport=ws;pn-provider=fcm;pn-param=app;pn-prid=${prid}>;reg-id=1;${instance}`;
  // The limit is on URI and parameters, without the angle brackets.
  return contact(`${n}`.padEnd(octets + 2 - contact("").length, "x"));
}

test.each([
  ["1 KB", 1_024, 40_000],
  ["the most that a contact may have", 2_048, 60_000],
])("ten contacts of %s are far below what a DynamoDB item may have (400 KB)", async (_size, size, most) => {
  const { register, octets } = await bobAtTheGateway();
  await register([contactOf(0, size)]);
  for (let n = 0; n < 10; n++) expect(await register([contactOf(n, size)])).toMatchObject({ status: 200 });
  expect((await register([])).contacts).toHaveLength(10);
  expect(await octets()).toBeGreaterThan(10 * size);
  expect(await octets()).toBeLessThan(most);
});

test("a longer contact is refused in words, and changes nothing", async () => {
  const { register } = await bobAtTheGateway();
  await register([contactOf(0, 2_048)]);
  expect(await register([contactOf(0, 2_048)])).toMatchObject({ status: 200 });
  const { startLine, costs } = await register([contactOf(1, 2_049)]);
  expect(startLine).toBe("SIP/2.0 400 Contact longer than 2048 octets");
  expect(costs).toEqual(["read subscriber", "read location"]);
  expect((await register([])).contacts).toHaveLength(1);
});

test("a call to a contact that is online costs four reads and four writes until it is answered, its timeline included, and then a read for each request", async () => {
  const { alice, bob, costs, faults } = await aliceAndBob();
  const invite = alice.invite("bob");
  const received = await bob.request("INVITE");
  expect(costs).toEqual(["read connection", "read location", "write fork"]);
  bob.answer(received, 180, "Ringing");
  await alice.response(180);
  bob.answer(received, 200, "OK");
  const ok = await alice.response(200, "INVITE");
  expect(costs).toEqual([
    ...["read connection", "read location", "write fork"],
    ...["read fork", "write fork"],
    ...["read fork", "write fork", "write call"],
  ]);
  costs.length = 0;
  alice.acknowledge(invite, ok);
  await bob.request("ACK");
  alice.withinCalled("BYE", invite, ok);
  bob.answer(await bob.request("BYE"), 200, "OK");
  await alice.response(200, "BYE");
  expect(costs).toEqual(["read location", "read location"]);
  expect(faults).toEqual([]);
});

test("a call by a user whose rights are restricted costs what any other's does, and one that he has no right to but its timeline", async () => {
  const { alice, bob, costs } = await aliceAndBob("carol", rightsOf(["calls"]));
  alice.invite("bob");
  await bob.request("INVITE");
  expect(costs).toEqual(["read connection", "read location", "write fork"]);
  const restricted = await aliceAndBob("carol", rightsOf(["messages"]));
  restricted.alice.invite("bob");
  expect((await restricted.alice.final("INVITE")).status).toBe(403);
  expect(restricted.costs).toEqual(["read connection", "write call"]);
  restricted.costs.length = 0;
  restricted.alice.send("OPTIONS", "bob");
  expect((await restricted.alice.final("OPTIONS")).status).toBe(403);
  expect(restricted.costs).toEqual(["read connection"]);
});

test("a call by who has proved nothing leaves nothing behind (407)", async () => {
  const { stranger, costs } = await aliceAndBob();
  stranger.invite("bob");
  expect((await stranger.final("INVITE")).status).toBe(407);
  expect(costs).toEqual(["read connection"]);
});

test("who proves himself by a call costs one write more, once: it is noted under the connection", async () => {
  const { stranger: alice, costs } = await aliceAndBob("alice");
  const lines = [
    "INVITE sip:nobody@localhost SIP/2.0",
    `Via: SIP/2.0/WS a.invalid;branch=z9hG4bK${token()}`,
    "Max-Forwards: 70",
    "From: <sip:alice@localhost>;tag=1",
    "To: <sip:nobody@localhost>",
    `Call-ID: ${token()}`,
    "CSeq: 1 INVITE",
    "Content-Length: 0",
  ];
  expect((await alice.ask(lines)).status).toBe(404);
  const refused = ["read location", "read subscriber", "write call"];
  expect(costs).toEqual([
    "read connection",
    ...["read connection", "read subscriber", "write connection", ...refused],
  ]);
  costs.length = 0;
  alice.invite("nobody");
  expect((await alice.final("INVITE")).status).toBe(404);
  expect(costs).toEqual(["read connection", ...refused]);
});

test("a call that is refused costs one write, its timeline", async () => {
  const { alice, costs } = await aliceAndBob();
  alice.invite("nobody");
  expect((await alice.final("INVITE")).status).toBe(404);
  expect(costs).toEqual(["read connection", "read location", "read subscriber", "write call"]);
});

test("no other request leaves a timeline, whatever becomes of it", async () => {
  const { alice, bob, costs } = await aliceAndBob();
  alice.send("MESSAGE", "nobody");
  expect((await alice.final("MESSAGE")).status).toBe(404);
  alice.send("MESSAGE", "bob");
  bob.answer(await bob.request("MESSAGE"), 200, "OK");
  await alice.response(200, "MESSAGE");
  expect(costs.filter((cost) => cost.startsWith("write"))).toEqual([]);
});

/** Alice has called Bob; each of them says in Contact how it is reached, by its GRUU or as it registered. */
async function dialogAtTheGateway(contact: "address" | "GRUU") {
  const heard: { readonly to: string; readonly message: WireMessage }[] = [];
  const {
    app,
    costs: noted,
    faults,
  } = await notedApp({
    send: async (to, message) => {
      heard.push({ to, message: wireMessage(message) });
      return "sent";
    },
    close: async () => "gone",
  });
  const { message } = gateway(app);
  /** What is sent, and what it costs, when a frame comes in over a connection. */
  const say = async (connectionId: string, lines: readonly string[]) => {
    noted.length = 0;
    heard.length = 0;
    const body = `${lines.join("\r\n")}\r\n\r\n`;
    await message({ requestContext: { connectionId }, body, isBase64Encoded: false });
    expect(faults).toEqual([]);
    return { sent: [...heard], costs: [...noted] };
  };
  const heading = (method: string, uri: string, cseq: number, user: string, callId: string) => [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/WS ${user}.invalid;branch=z9hG4bK${token()}`,
    "Max-Forwards: 70",
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
  ];
  const register = async (user: string) => {
    const lines = (cseq: number, ...more: readonly string[]) => [
      ...heading("REGISTER", "sip:localhost", cseq, user, user),
      `From: <sip:${user}@localhost>;tag=1`,
      `To: <sip:${user}@localhost>`,
      "Supported: path, outbound, gruu",
      `Contact: <sip:${user}@${user}.invalid;transport=ws>;reg-id=1;+sip.instance="<urn:uuid:${user}>"`,
      ...more,
      "Content-Length: 0",
    ];
    const challenged = await say(`${user}s`, lines(1));
    const challenges = challenged.sent[0]?.message.all("WWW-Authenticate") ?? [];
    const credentials = answerTo(challenges, user, "sipwake", "REGISTER", "sip:localhost");
    await say(`${user}s`, lines(2, `Authorization: ${credentials}`));
  };
  await register("alice");
  await register("bob");
  const targetOf = (user: string) =>
    contact === "GRUU"
      ? `sip:${user}@localhost;gr=urn:uuid:${user}`
      : `sip:${user}@${user}.invalid;transport=ws`;
  const begun = await say("alices", [
    ...heading("INVITE", "sip:bob@localhost", 1, "alice", "dialog"),
    "From: <sip:alice@localhost>;tag=a",
    "To: <sip:bob@localhost>",
    `Contact: <${targetOf("alice")}>`,
    "Content-Length: 0",
  ]);
  const invite = begun.sent.find(({ to }) => to === "bobs")?.message;
  if (invite === undefined) throw new Error("nobody was called");
  const routes = invite.all("Record-Route");
  let cseq = 100;
  /** A request of one to the other: what it costs, and how it arrives. */
  const request = async (method: string, from: "alice" | "bob") => {
    const other = from === "alice" ? "bob" : "alice";
    const { sent, costs } = await say(`${from}s`, [
      ...heading(method, targetOf(other), ++cseq, from, "dialog"),
      ...(from === "alice" ? routes.toReversed() : routes).map((route) => `Route: ${route}`),
      `From: <sip:${from}@localhost>;tag=${from.charAt(0)}`,
      `To: <sip:${other}@localhost>;tag=${other.charAt(0)}`,
      "Content-Length: 0",
    ]);
    const [received, ...more] = sent;
    if (received === undefined || more.length > 0) throw new Error("not sent once");
    expect([received.to, received.message.startLine]).toEqual([
      `${other}s`,
      `${method} sip:${other}@${other}.invalid;transport=ws SIP/2.0`,
    ]);
    return { costs, received: received.message, other };
  };
  /** What the answer to a request costs, which goes to whom that came from. */
  const answer = async (status: number, { all, one }: WireMessage, by: string, to: string) => {
    const { sent, costs } = await say(`${by}s`, [
      `SIP/2.0 ${status} Whatever`,
      ...all("Via").map((via) => `Via: ${via}`),
      ...["From", "To", "Call-ID", "CSeq"].map((name) => `${name}: ${one(name)}`),
      "Content-Length: 0",
    ]);
    expect(sent.map((each) => [each.to, each.message.status])).toEqual([[`${to}s`, status]]);
    return costs;
  };
  return { request, answer };
}

describe.each(["address", "GRUU"] as const)(
  "within a dialog whose sides are reached by their %s",
  (contact) => {
    test.each(["INVITE", "UPDATE", "INFO", "NOTIFY", "BYE", "ACK"])(
      "a request costs one read of the location and no write, and its responses cost nothing: %s",
      async (method) => {
        const { request, answer } = await dialogAtTheGateway(contact);
        for (const from of ["alice", "bob"] as const) {
          const { costs, received, other } = await request(method, from);
          expect(costs).toEqual(["read location"]);
          if (method === "ACK") continue;
          for (const status of [180, 200]) expect(await answer(status, received, other, from)).toEqual([]);
        }
      },
    );
  },
);
