import { describe, expect, test } from "vitest";
import { localStack } from "../support/stack.ts";
import { token } from "../support/token.ts";
import { WirePhone } from "../support/wire-phone.ts";
import { answersTo, guarded, request, servesAsEver } from "./guarded.ts";

// What is at risk where functions are run per event and paid per use, as far as it is seen over an edge of ours. What the cloud must do itself comes
// with it: SECURITY.md says which lines these are.

test("authorisation at connect only: who was let in is asked again who he is, by every request that begins something", async () => {
  const stack = await guarded();
  const phone = await stack.connect("alice");
  for (const [method, status] of [
    ["REGISTER", 401],
    ["INVITE", 407],
    ["MESSAGE", 407],
  ] as const) {
    for (let n = 0; n < 2; n++) {
      const answers = await answersTo(phone, request(method));
      expect(answers.map((answer) => answer.status)).toEqual([status]);
    }
  }
  expect(stack.deeds()).toEqual([]);
  stack.unharmed();
});

describe("a connection's id opens nothing: it is known, and said in SIP, and nobody is reached by it", () => {
  test.each<[string, (id: string) => Parameters<typeof request>[1], number]>([
    ["as the user of the Request-URI", (id) => ({ uri: `sip:${id}@localhost` }), 404],
    ["as the host of the Request-URI", (id) => ({ uri: `sip:bob@${id}` }), 404],
    [
      "as a Route",
      (id) => ({ to: "<sip:bob@localhost>;tag=1", lines: [`Route: <sip:${id}@localhost;lr>`] }),
      403,
    ],
    [
      "as a Route with a key's name",
      (id) => ({ to: "<sip:bob@localhost>;tag=1", lines: [`Route: <sip:1.${id}@localhost;lr>`] }),
      403,
    ],
    ["as a GRUU", (id) => ({ uri: `sip:bob@localhost;gr=${id}` }), 480],
    ["as a temporary GRUU", (id) => ({ uri: `sip:1.${id}@localhost;gr` }), 404],
  ])("%s", async (_, asked, status) => {
    const stack = await guarded();
    const alice = await stack.registered("alice");
    const bob = await stack.registered("bob");
    const stranger = await stack.connect("carol");
    const [, bobs = "", strangers = ""] = stack.connectionIds;
    for (const id of [bobs, strangers]) {
      const answers = await answersTo(alice, request("MESSAGE", asked(id)));
      expect(answers.map((answer) => answer.status)).toEqual([status]);
    }
    for (const phone of [bob, stranger]) {
      await phone.caughtUp();
      expect(phone.unasked).toEqual([]);
    }
    stack.unharmed();
    await servesAsEver(alice);
  });

  test("as the branch of a response: it goes to nobody", async () => {
    const stack = await guarded();
    const bob = await stack.registered("bob");
    const stranger = await stack.connect("carol");
    const [bobs = ""] = stack.connectionIds;
    for (const branch of [bobs, `r.${bobs}`, `z9hG4bKr.${bobs}`, `z9hG4bKr.1.${bobs}`, `z9hG4bKf.${bobs}-0`])
      stranger.say(
        `SIP/2.0 200 OK\r\nVia: SIP/2.0/WS localhost;branch=${branch}\r\nVia: SIP/2.0/WS ${stack.at};branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: ${token()}\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n`,
      );
    await stranger.caughtUp();
    await bob.caughtUp();
    expect(bob.unasked).toEqual([]);
    expect(stack.deeds()).toEqual([]);
    stack.unharmed();
  });
});

test("a cost bomb of keep-alives: a ping is answered without a look at any record, and a pong not at all", async () => {
  const stack = await guarded();
  const alice = await stack.registered("alice");
  const heard: string[] = [];
  alice.socket.on("message", (data: Buffer) => heard.push(data.toString("latin1")));
  for (let n = 0; n < 20; n++) alice.say("\r\n\r\n");
  alice.say("\r\n");
  await expect.poll(() => heard.length, { interval: 5 }).toBe(20);
  expect(new Set(heard)).toEqual(new Set(["\r\n"]));
  expect(stack.costs).toEqual([]);
  await servesAsEver(alice);
});

test.each<[string, (at: string) => string]>([
  ["https", (at) => `https://${at}/push/1`],
  ["http", (at) => `http://${at}/push/1`],
  ["the name of a push service before an @", (at) => `https://fcm.googleapis.com@${at}/`],
  [
    "a push service's name with more behind it",
    (at) => `https://fcm.googleapis.com.localhost:${at.split(":")[1]}/`,
  ],
  ["another port of a push service's", (at) => `https://fcm.googleapis.com:${at.split(":")[1]}/`],
  ["a backslash", (at) => `https:\\\\${at}\\fcm.googleapis.com`],
  ["a file", () => "file:///etc/passwd"],
  ["the metadata of a machine in the cloud", () => "http://169.254.169.254/latest/meta-data/"],
])(
  "a push subscription that is a URL of %s is refused (400, 403), and nobody is asked there",
  async (_, urlAt) => {
    const stack = await guarded();
    const alice = await stack.connect("alice");
    const prid = encodeURIComponent(urlAt(stack.at));
    const contact = `Contact: <sip:alice@a.invalid;pn-provider=webpush;pn-prid=${prid}>`;
    const asked = request("REGISTER", { lines: [contact] }).trimEnd();
    const { status } = await alice.ask(asked.split("\r\n"));
    expect([400, 403]).toContain(status);
    expect(await alice.bindings()).toEqual([]);
    stack.unharmed();
  },
);

test.each(["memory", "lmdb"])(
  "injection into the keys and expressions of records (%s): what a user is called is a value, whatever it looks like",
  async (RECORDS) => {
    const names = [
      "#v",
      ":v",
      "a#b:c",
      "a' OR '1'='1",
      "$where",
      "{}",
      "a;b",
      "sip:bob@localhost",
      "attribute_exists(k)",
      "%00",
      "..%2f..",
    ];
    const { port } = await localStack({ RECORDS });
    const alice = await WirePhone.registered(port, "alice");
    const bob = await WirePhone.registered(port, "bob");
    for (const name of names) {
      for (const method of ["INVITE", "MESSAGE"]) {
        const answers = await answersTo(
          alice,
          request(method, { uri: `sip:${name}@localhost`, to: "<sip:x@localhost>" }),
        );
        const statuses = answers.map(({ status }) => status);
        expect([[400], [404]], name).toContainEqual(statuses);
      }
      const stranger = await WirePhone.connect(port, name);
      const answer = await stranger.register({}, { of: "bob" });
      expect([400, 401], name).toContain(answer.status);
      await stranger.vanish();
    }
    expect(await bob.bindings()).toHaveLength(1);
    expect(bob.unasked).toEqual([]);
  },
);
